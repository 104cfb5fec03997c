// Trades over the bars of one coin, drawn at their exact prices: entry, exit with its reason, stop and target as
// steps while the trade lasts. Only what is in view is drawn.
const DEAL_ROOM = 14; // pixels for each trade in view: with fewer, each is a dot at its exit
const LABEL_ROOM = 46; // pixels a trade must span before its reason is written beside it
const LEVEL_BARS = 200; // in view: with more of them levels do not stretch the scale
const LEVEL_SHARE = 0.15; // of the entry price: a level beyond it does not stretch the scale
const STEPS_ROOM = 3; // pixels a trade must span before its levels can be told from its entry

class DealLayer {
  constructor() {
    this.deals = [];
    this.chosen = null;
    this.view = { zOrder: () => "top", renderer: () => ({ draw: (target) => this.draw(target) }) };
  }

  attached({ chart, series, requestUpdate }) {
    this.chart = chart;
    this.series = series;
    this.requestUpdate = requestUpdate;
  }

  detached() {
    this.requestUpdate = null;
  }

  paneViews() {
    return [this.view];
  }

  // Room for the levels of what is in view, where bars are few enough for it and would not be flat beside them.
  autoscaleInfo(from, to) {
    if (to - from > LEVEL_BARS) return null;
    let low = Infinity, high = -Infinity;
    for (const deal of this.deals) {
      if (deal.last < from || deal.first > to) continue;
      for (const [, stop, target] of deal.steps) {
        for (const level of [stop, target]) {
          if (!known(level) || Math.abs(level / (deal.entry || level) - 1) > LEVEL_SHARE) continue;
          low = Math.min(low, level);
          high = Math.max(high, level);
        }
      }
    }
    return low <= high ? { priceRange: { minValue: low, maxValue: high } } : null;
  }

  show(deals) {
    this.deals = deals;
    this.redraw();
  }

  choose(deal) {
    this.chosen = deal;
    this.redraw();
  }

  redraw() {
    if (this.requestUpdate) this.requestUpdate();
  }

  draw(target) {
    const shown = this.chart.timeScale().getVisibleLogicalRange();
    if (!shown) return;
    target.useBitmapCoordinateSpace((space) => {
      const pen = new Pen(space, this.chart.timeScale(), this.series);
      const seen = this.deals.filter((deal) => deal.last >= shown.from - 1 && deal.first <= shown.to + 1);
      this.dense = seen.length * DEAL_ROOM * pen.ratio > space.bitmapSize.width;
      for (const deal of seen) this.one(pen, deal);
    });
  }

  one(pen, deal) {
    const good = !known(deal.pnl) ? "muted" : deal.pnl > 0 ? "up" : "down";
    const chosen = deal === this.chosen;
    const left = pen.x(deal.first), right = pen.x(deal.last);
    const wide = right - left >= STEPS_ROOM * pen.ratio;
    if (this.dense && !chosen) {
      if (known(deal.exit)) pen.dot(right, pen.y(deal.exit), colour(good));
      return;
    }
    if (wide && known(deal.entry) && known(deal.exit)) {
      pen.box(left, pen.y(deal.entry), right, pen.y(deal.exit), faded(good, chosen ? 0.3 : 0.13));
    }
    if (wide) {
      pen.steps(deal.steps, 1, colour("down"), []);
      pen.steps(deal.steps, 2, colour("up"), [4, 3]);
    }
    if (known(deal.entry)) pen.arrow(left, pen.y(deal.entry), deal.leg === "long" ? 1 : -1, colour("accent"));
    if (!known(deal.exit)) return;
    pen.cross(right, pen.y(deal.exit), colour(good), chosen);
    if (right - left < LABEL_ROOM * pen.ratio && !chosen) return;
    const above = known(deal.entry) && deal.exit >= deal.entry;
    pen.label(deal.reason + (deal.open ? " ?" : ""), right, pen.y(deal.exit), above, colour("text"), colour("ground"));
  }
}

class Pen {
  constructor(space, times, series) {
    this.context = space.context;
    this.across = space.horizontalPixelRatio;
    this.down = space.verticalPixelRatio;
    this.ratio = space.horizontalPixelRatio;
    this.times = times;
    this.series = series;
  }

  x(index) {
    return Math.round(this.times.logicalToCoordinate(index) * this.across);
  }

  y(price) {
    return Math.round((this.series.priceToCoordinate(price) || 0) * this.down);
  }

  box(left, top, right, bottom, fill) {
    this.context.fillStyle = fill;
    this.context.fillRect(left, Math.min(top, bottom), right - left, Math.max(1, Math.abs(bottom - top)));
  }

  // `steps` are [index, stop, target] and a last one that ends them.
  steps(steps, which, stroke, dash) {
    const { context } = this;
    context.beginPath();
    let before = null;
    for (let i = 0; i + 1 < steps.length; i++) {
      const level = steps[i][which];
      if (!known(level)) {
        before = null;
        continue;
      }
      const y = this.y(level) + 0.5;
      if (before === null) context.moveTo(this.x(steps[i][0]), y);
      else context.lineTo(this.x(steps[i][0]), y);
      context.lineTo(this.x(steps[i + 1][0]), y);
      before = y;
    }
    context.setLineDash(dash.map((length) => length * this.ratio));
    context.lineWidth = Math.max(1, Math.round(1.5 * this.ratio));
    context.strokeStyle = stroke;
    context.stroke();
    context.setLineDash([]);
  }

  dot(x, y, fill) {
    const { context } = this;
    context.beginPath();
    context.arc(x, y, 2.2 * this.ratio, 0, 2 * Math.PI);
    context.fillStyle = fill;
    context.fill();
  }

  arrow(x, y, sign, fill) {
    const size = 6 * this.ratio, { context } = this;
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x - size, y + sign * size * 1.5);
    context.lineTo(x + size, y + sign * size * 1.5);
    context.closePath();
    context.fillStyle = fill;
    context.fill();
  }

  cross(x, y, stroke, chosen) {
    const size = (chosen ? 6 : 4) * this.ratio, { context } = this;
    context.beginPath();
    context.moveTo(x - size, y - size);
    context.lineTo(x + size, y + size);
    context.moveTo(x - size, y + size);
    context.lineTo(x + size, y - size);
    context.lineWidth = Math.max(2, Math.round(2.2 * this.ratio));
    context.strokeStyle = stroke;
    context.stroke();
  }

  label(words, x, y, above, fill, halo) {
    const { context } = this;
    context.font = Math.round(11 * this.ratio) + "px system-ui, sans-serif";
    context.textAlign = "center";
    context.textBaseline = above ? "bottom" : "top";
    const at = y + (above ? -8 : 8) * this.ratio;
    context.lineJoin = "round";
    context.lineWidth = 3 * this.ratio;
    context.strokeStyle = halo;
    context.strokeText(words, x, at);
    context.fillStyle = fill;
    context.fillText(words, x, at);
  }
}
