// Bars of one coin with its lines and trades; tabs for the coins, buttons for the range and from trade to trade.
const RANGES = [["all", Infinity], ["1 year", 365], ["90 days", 90], ["30 days", 30], ["7 days", 7]];
const BEGINS_WITH = 260; // bars: few enough to see each
const DAY_MS = 86400000;

// Times of all bars in ms, spelled out from the runs.
function timesOf(coin) {
  const times = [];
  for (const [first, count] of coin.runs) {
    for (let i = 0; i < count; i++) times.push(first + i * coin.frame);
  }
  return times;
}

// The bar that holds a moment; the nearest where none does.
function indexAt(times, ms) {
  let low = 0, high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] <= ms) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}

// What is drawn of one coin, made when it is first shown.
function prepared(data, coin) {
  const times = timesOf(coin);
  const bars = times.map((ms, i) => (
    { time: ms / 1000, open: coin.o[i], high: coin.h[i], low: coin.l[i], close: coin.c[i] }
  ));
  const lines = coin.lines.map(({ name, v }) => ({
    name,
    points: times.map((ms, i) => (known(v[i]) ? { time: ms / 1000, value: v[i] } : { time: ms / 1000 })),
  }));
  const end = times.length ? times[times.length - 1] + coin.frame : 0;
  const deals = data.deals.filter((deal) => (
    deal.coin === coin.name && times.length && (deal.from || deal.to || 0) < end && (deal.to || end) >= times[0]
  ));
  for (const deal of deals) {
    deal.first = indexAt(times, known(deal.from) ? deal.from : deal.to);
    deal.last = known(deal.to) ? indexAt(times, deal.to) : times.length - 1;
    deal.steps = (deal.moves || []).map(([ms, stop, target]) => [indexAt(times, ms), stop, target]);
    if (deal.steps.length) deal.steps.push([deal.last, null, null]);
  }
  return { coin, times, bars, lines, deals, digits: digitsOf(coin) };
}

class Prices {
  constructor(data) {
    this.data = data;
    this.ready = new Map();
    this.series = [];
    this.chart = LightweightCharts.createChart(BY_ID("price-chart"), chartOptions());
    this.candles = this.chart.addSeries(LightweightCharts.CandlestickSeries, { borderVisible: false });
    this.layer = new DealLayer();
    this.candles.attachPrimitive(this.layer);
    this.hint = new Hint("price", this.chart, (i) => this.said(i), () => this.now.times.length, (i) => (
      [this.now.coin.c[i], this.now.times[i] / 1000, this.candles]
    ));
    this.tabs = data.coins.map((coin, i) => this.button("coins", coin.name, () => this.show(i)));
    this.controls();
    this.legend();
    this.show(0);
    onRepaint(() => this.paint());
  }

  button(group, words, press) {
    const button = made("button", { type: "button" }, words);
    button.addEventListener("click", press);
    BY_ID(group).append(button);
    return button;
  }

  controls() {
    for (const [words, days] of RANGES) this.button("ranges", words, () => this.range(days));
    if (!this.data.deals.length) return;
    BY_ID("ranges").append(made("span", { class: "grow" }));
    this.back = this.button("ranges", "previous trade", () => this.step(-1));
    this.on = this.button("ranges", "next trade", () => this.step(1));
  }

  legend() {
    if (!this.data.deals.length) return;
    const parts = [
      ["accent", "M1 9 L7 1 L13 9 Z", "entry (up: long, down: short)"],
      ["muted", "M2 1 L12 9 M12 1 L2 9", "exit, coloured by what the trade earned"],
      ["down", "M0 5 H14", "stop"],
      ["up", "M0 5 H5 M9 5 H14", "target"],
    ];
    for (const [name, path, words] of parts) BY_ID("price-legend").append(swatch(name, path, words));
    if (this.data.deals.some((deal) => deal.open)) {
      BY_ID("price-legend").append(made("span", {}, "?: the bar does not say what came first"));
    }
  }

  show(place) {
    const coin = this.data.coins[place];
    if (!this.ready.has(coin)) this.ready.set(coin, prepared(this.data, coin));
    this.now = this.ready.get(coin);
    this.tabs.forEach((tab, i) => tab.setAttribute("aria-pressed", String(i === place)));
    for (const one of this.series) this.chart.removeSeries(one);
    const { digits } = this.now;
    const shape = { priceFormat: { type: "custom", minMove: 10 ** -digits, formatter: (value) => grouped(value, digits) } };
    this.candles.applyOptions(shape);
    this.candles.setData(this.now.bars);
    this.series = this.now.lines.map(({ points }) => {
      const quiet = { priceLineVisible: false, lastValueVisible: false, crosshairMarkerVisible: false };
      const one = this.chart.addSeries(LightweightCharts.LineSeries, { lineWidth: 1, ...quiet, ...shape });
      one.setData(points);
      return one;
    });
    const names = this.now.lines.map(({ name }) => made("span", {}, name));
    BY_ID("price-lines").replaceChildren(...(names.length ? [made("span", {}, "lines:"), ...names] : []));
    this.layer.show(this.now.deals);
    this.choose(null);
    this.begin();
    this.paint();
  }

  // At first: the last trades, in bars that can be told apart.
  begin() {
    const count = this.now.times.length, last = this.now.deals[this.now.deals.length - 1];
    const end = last ? Math.min(count, last.last + 40) : count;
    this.look(Math.max(0, end - BEGINS_WITH), end);
  }

  look(from, to) {
    this.chart.timeScale().setVisibleLogicalRange({ from: from - 1, to: to + 2 });
  }

  range(days) {
    const count = this.now.times.length;
    this.look(Math.max(0, count - Math.ceil((days * DAY_MS) / this.now.coin.frame)), count);
  }

  step(by) {
    const { deals } = this.now;
    if (!deals.length) return;
    const at = deals.indexOf(this.layer.chosen);
    this.focus(deals[at < 0 ? (by < 0 ? deals.length - 1 : 0) : Math.min(deals.length - 1, Math.max(0, at + by))]);
  }

  // Bring a trade into the middle, of whatever coin.
  find(deal) {
    const place = this.data.coins.findIndex((coin) => coin.name === deal.coin);
    if (place < 0) return false;
    if (this.now.coin !== this.data.coins[place]) this.show(place);
    if (!this.now.deals.includes(deal)) return false;
    this.focus(deal);
    return true;
  }

  focus(deal) {
    const room = Math.max(40, (deal.last - deal.first) * 0.6);
    this.look(deal.first - room, deal.last + room);
    this.choose(deal);
  }

  choose(deal) {
    this.layer.choose(deal);
    if (!this.on) return;
    const { deals } = this.now, at = deals.indexOf(deal);
    this.back.disabled = !deals.length || at === 0;
    this.on.disabled = !deals.length || at === deals.length - 1;
  }

  paint() {
    this.chart.applyOptions(chartColours());
    const [up, down] = [colour("up"), colour("down")];
    this.candles.applyOptions({ upColor: up, downColor: down, wickUpColor: up, wickDownColor: down });
    this.series.forEach((one) => one.applyOptions({ color: colour("band") }));
    this.layer.redraw();
  }

  said(i) {
    const { coin, times, digits, deals } = this.now;
    const price = (value) => priced(value, digits);
    const lines = [
      [stamp(times[i]) + " UTC", "when"],
      ["open " + price(coin.o[i]) + ", high " + price(coin.h[i])],
      ["low " + price(coin.l[i]) + ", close " + price(coin.c[i])],
    ];
    for (const { name, v } of coin.lines) if (known(v[i])) lines.push([name + " " + price(v[i])]);
    for (const deal of deals.filter((one) => one.first <= i && i <= one.last)) lines.push(...this.ofDeal(deal, i));
    return lines;
  }

  ofDeal(deal, i) {
    const price = (value) => priced(value, this.now.digits);
    const lines = [["trade " + deal.n + ": " + deal.leg + " " + sized(deal.size) + " at " + price(deal.entry), "deal"]];
    const held = deal.steps.filter(([at]) => at <= i);
    if (deal.steps.length && i < deal.last && held.length) {
      const [, stop, target] = held[held.length - 1];
      lines.push(["stop " + price(stop) + ", target " + (known(target) ? price(target) : "none")]);
    }
    if (i === deal.last && known(deal.exit)) {
      lines.push([deal.reason + " at " + price(deal.exit) + ", " + signed(deal.pnl) + " USD", tone(deal.pnl)]);
      if (deal.open) lines.push(["the bar does not say what came first"]);
    }
    return lines;
  }
}
