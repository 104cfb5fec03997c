// The account's value under each name, and below it how far it stands under its highest.
const STYLES = [["M0 5 H16", 0], ["M0 5 H6 M10 5 H16", 2], ["M0 5 H2 M5 5 H7 M10 5 H12 M15 5 H16", 1]];

function chartOptions() {
  return {
    autoSize: true,
    layout: { attributionLogo: false, fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif" },
    localization: { locale: "en-GB", timeFormatter: (time) => stamp(time * 1000) },
    timeScale: { timeVisible: true, secondsVisible: false, minBarSpacing: 0.001, enableConflation: true },
    crosshair: { mode: LightweightCharts.CrosshairMode.Normal },
    handleScroll: { vertTouchDrag: false },
  };
}

function swatch(name, path, ...words) {
  const picture = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  for (const [key, value] of [["viewBox", "0 0 16 10"], ["width", "16"], ["height", "10"], ["aria-hidden", "true"]]) {
    picture.setAttribute(key, value);
  }
  for (const [key, value] of [["d", path], ["stroke-width", "2"]]) line.setAttribute(key, value);
  line.setAttribute("fill", path.endsWith("Z") ? "currentColor" : "none");
  onRepaint(() => {
    line.setAttribute("stroke", colour(name));
    if (path.endsWith("Z")) line.setAttribute("fill", colour(name));
  });
  picture.append(line);
  return made("span", {}, picture, ...words);
}

// One value a second, the last of it: two fills may share a moment.
function pointsOf(curve, values) {
  const points = [];
  curve.t.forEach((ms, i) => {
    const time = Math.floor(ms / 1000), last = points[points.length - 1];
    if (last && last.time === time) last.value = values[i];
    else points.push({ time, value: values[i] });
  });
  return points;
}

class Account {
  constructor(data) {
    this.curves = data.curves.map((curve, i) => ({
      ...curve, hue: "curve-" + ((i % 4) + 1), style: STYLES[i % STYLES.length],
      values: pointsOf(curve, curve.v), depths: pointsOf(curve, curve.d),
    }));
    this.times = [...new Set(this.curves.flatMap(({ values }) => values.map(({ time }) => time)))].sort((a, b) => a - b);
    this.chart = LightweightCharts.createChart(BY_ID("account-chart"), chartOptions());
    for (const [i, curve] of this.curves.entries()) this.add(curve, i);
    const panes = this.chart.panes();
    panes[0].setStretchFactor(3);
    if (panes[1]) panes[1].setStretchFactor(1);
    this.hint = new Hint("account", this.chart, (i) => this.said(i), () => this.times.length, (i) => {
      const curve = this.curves.find((one) => one.shown) || this.curves[0];
      const at = this.at(curve.values, this.times[i]);
      return [at ? at.value : curve.values[0].value, this.times[i], curve.series];
    });
    this.chart.timeScale().fitContent();
    onRepaint(() => this.paint());
  }

  add(curve, i) {
    const line = {
      lineWidth: i === 0 ? 2 : 1.5, lineStyle: curve.style[1], priceLineVisible: false, title: "",
    };
    curve.shown = true;
    curve.series = this.chart.addSeries(LightweightCharts.LineSeries, line, 0);
    curve.series.setData(curve.values);
    const amount = { type: "custom", minMove: 0.01, formatter: (value) => grouped(value, value >= 100000 ? 0 : 2) };
    curve.series.applyOptions({ priceFormat: amount });
    const share = { type: "custom", minMove: 0.0001, formatter: (value) => percent(value, 1) || "0.0 %" };
    const quiet = { priceLineVisible: false, lastValueVisible: false, priceFormat: share };
    curve.below = i === 0
      ? this.chart.addSeries(LightweightCharts.BaselineSeries, { lineWidth: 1, ...quiet }, 1)
      : this.chart.addSeries(LightweightCharts.LineSeries, { ...line, lineWidth: 1, ...quiet }, 1);
    curve.below.setData(curve.depths);
    const last = curve.values[curve.values.length - 1], first = curve.values[0];
    const grown = first && first.value > 0 ? " " + percent(last.value / first.value - 1, 1) : "";
    const button = made("button", { type: "button", "aria-pressed": "true" }, swatch(curve.hue, curve.style[0]), curve.name + grown);
    button.addEventListener("click", () => {
      curve.shown = !curve.shown;
      button.setAttribute("aria-pressed", String(curve.shown));
      for (const one of [curve.series, curve.below]) one.applyOptions({ visible: curve.shown });
    });
    BY_ID("account-lines").append(button);
  }

  // The last point at or before a time.
  at(points, time) {
    let low = 0, high = points.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (points[middle].time <= time) low = middle + 1;
      else high = middle;
    }
    return points[low - 1];
  }

  paint() {
    this.chart.applyOptions(chartColours());
    for (const curve of this.curves) {
      curve.series.applyOptions({ color: colour(curve.hue) });
      curve.below.applyOptions({
        color: colour(curve.hue), topLineColor: colour(curve.hue), bottomLineColor: colour(curve.hue),
        bottomFillColor1: faded(curve.hue, 0.08), bottomFillColor2: faded(curve.hue, 0.3),
      });
    }
  }

  said(i) {
    const lines = [[stamp(this.times[i] * 1000) + " UTC", "when"]];
    for (const curve of this.curves.filter((one) => one.shown)) {
      const value = this.at(curve.values, this.times[i]), depth = this.at(curve.depths, this.times[i]);
      if (value) lines.push([curve.name + ": " + money(value.value) + " USD, drawdown " + (percent(depth.value, 1) || "0.0 %")]);
    }
    return lines;
  }
}
