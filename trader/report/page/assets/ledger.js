// Every trade as a row, fifty at a time, with its number as a button that finds it in the chart.
const ROWS = 50;
const HEADS = [
  ["trade"], ["coin"], ["side"], ["in (UTC)"], ["price", "n"], ["out (UTC)"], ["price", "n"], ["reason"],
  ["size", "n"], ["fees", "n"], ["funding", "n"], ["P&L", "n"], ["of equity", "n"],
];

class Ledger {
  constructor(data, prices) {
    this.data = data;
    this.prices = prices;
    this.page = 0;
    this.digits = new Map(data.coins.map((coin) => [coin.name, digitsOf(coin)]));
    this.coin = this.choice("coin", (deal) => deal.coin);
    this.reason = this.choice("reason", (deal) => deal.reason);
    this.newer = this.turn("previous rows", -1);
    this.older = this.turn("next rows", 1);
    this.told = made("span", { class: "small", role: "status" });
    this.body = made("tbody", {});
    const heads = HEADS.map(([words, kind]) => made("th", { scope: "col", class: kind }, words));
    const table = made("table", {}, made("thead", {}, made("tr", {}, ...heads)), this.body);
    BY_ID("ledger").append(
      made("div", { class: "choices" }, ...this.coin.parts, ...this.reason.parts, made("span", { class: "grow" }),
        this.told, this.newer, this.older),
      made("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Trades" }, table),
    );
    this.draw();
  }

  choice(words, of) {
    const names = [...new Set(this.data.deals.map(of))].sort();
    const options = [made("option", { value: "" }, "every " + words), ...names.map((name, i) => made("option", { value: String(i + 1) }, name))];
    const select = made("select", { "aria-label": words }, ...options);
    select.addEventListener("change", () => {
      this.page = 0;
      this.draw();
    });
    return { parts: names.length > 1 ? [select] : [], allows: (deal) => !select.value || of(deal) === names[select.value - 1] };
  }

  turn(words, by) {
    const button = made("button", { type: "button" }, words);
    button.addEventListener("click", () => {
      this.page += by;
      this.draw();
    });
    return button;
  }

  draw() {
    const shown = this.data.deals.filter((deal) => this.coin.allows(deal) && this.reason.allows(deal));
    const first = this.page * ROWS, last = Math.min(first + ROWS, shown.length);
    this.body.replaceChildren(...shown.slice(first, last).map((deal) => this.row(deal)));
    this.told.textContent = shown.length ? first + 1 + " to " + last + " of " + grouped(shown.length, 0) : "none";
    this.newer.disabled = this.page === 0;
    this.older.disabled = last >= shown.length;
  }

  row(deal) {
    const price = (value) => priced(value, this.digits.has(deal.coin) ? this.digits.get(deal.coin) : 2);
    const out = known(deal.to);
    const cells = [
      [this.number(deal)], [deal.coin], [deal.leg], [stamp(deal.from)], [price(deal.entry), "n"],
      [out ? stamp(deal.to) : ""], [out ? price(deal.exit) : "", "n"], [deal.reason + (deal.open ? " ?" : "")],
      [sized(deal.size), "n"], [signed(-deal.fee), "n"], [signed(deal.funding), "n"],
      [out || known(deal.pnl) ? signed(deal.pnl) : "", "n " + tone(deal.pnl)], [percent(deal.share), "n " + tone(deal.pnl)],
    ];
    return made("tr", {}, ...cells.map(([content, kind]) => made("td", { class: kind }, content)));
  }

  number(deal) {
    if (!this.prices || !this.digits.has(deal.coin)) return String(deal.n);
    const button = made("button", { type: "button", "aria-label": "show trade " + deal.n + " in the chart" }, String(deal.n));
    button.addEventListener("click", () => {
      if (this.prices.find(deal)) BY_ID("prices").scrollIntoView();
    });
    return button;
  }
}
