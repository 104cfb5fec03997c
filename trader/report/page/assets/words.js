// How values look, and how elements are made: text is always set as text, never as markup.
const BY_ID = (id) => document.getElementById(id);

function made(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value !== null && value !== undefined) element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

function grouped(value, digits) {
  const [whole, part] = Math.abs(value).toFixed(digits).split(".");
  const shown = whole.replace(/\B(?=(\d{3})+$)/g, ",") + (part ? "." + part : "");
  return (value < 0 && Number(shown.replace(/,/g, "")) !== 0 ? "-" : "") + shown;
}

const known = (value) => value !== null && value !== undefined;
const money = (value) => (known(value) ? grouped(value, 2) : "?");
const signed = (value) => (known(value) ? (value >= 0.005 ? "+" : "") + grouped(value, 2) : "?");
const percent = (value, digits = 2) => (known(value) ? (value > 0 ? "+" : "") + grouped(value * 100, digits) + " %" : "");
const stamp = (ms) => (known(ms) ? new Date(ms).toISOString().slice(0, 16).replace("T", " ") : "?");
const tone = (value) => (!known(value) || Math.abs(value) < 0.005 ? "" : value > 0 ? "good" : "bad");

// A price in the digits of its coin; a size in those it has.
const priced = (value, digits) => (known(value) ? grouped(value, digits) : "?");
const sized = (value) => (known(value) ? String(Number(value.toPrecision(8))) : "?");

function digitsOf(coin) {
  let digits = 0;
  const step = Math.max(1, Math.floor(coin.c.length / 400));
  for (let i = 0; i < coin.c.length && digits < 8; i += step) {
    const part = String(coin.c[i]).split(".")[1];
    if (part && !part.includes("e")) digits = Math.max(digits, Math.min(8, part.length));
  }
  return digits;
}
