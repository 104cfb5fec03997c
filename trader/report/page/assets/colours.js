// Light and dark: as the system says, until the switch says otherwise. Charts take their colours from the style.
const THEMES = ["system", "light", "dark"];
const SYSTEM = window.matchMedia("(prefers-color-scheme: dark)");
const repainters = [];

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
}

function faded(name, alpha) {
  return colour(name) + Math.round(alpha * 255).toString(16).padStart(2, "0");
}

function onRepaint(paint) {
  repainters.push(paint);
  paint();
}

function repaint() {
  for (const paint of repainters) paint();
}

function chartColours() {
  return {
    layout: {
      background: { type: "solid", color: colour("ground") },
      textColor: colour("muted"),
      panes: { separatorColor: colour("line"), separatorHoverColor: colour("line") },
    },
    grid: { vertLines: { color: faded("line", 0.45) }, horzLines: { color: faded("line", 0.45) } },
    crosshair: {
      vertLine: { color: colour("muted"), labelBackgroundColor: colour("accent") },
      horzLine: { color: colour("muted"), labelBackgroundColor: colour("accent") },
    },
    rightPriceScale: { borderColor: colour("line") },
    timeScale: { borderColor: colour("line") },
  };
}

function startThemes() {
  const button = BY_ID("theme");
  button.addEventListener("click", () => {
    const now = document.documentElement.dataset.theme || "system";
    const next = THEMES[(THEMES.indexOf(now) + 1) % THEMES.length];
    if (next === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = next;
    button.textContent = "theme: " + next;
    repaint();
  });
  SYSTEM.addEventListener("change", repaint);
}
