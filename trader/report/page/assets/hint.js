// One chart's hint: what stands at the place under the pointer, or where the keys have moved to.
class Hint {
  // `say(index)` gives the lines of a place as [text, class] pairs, or null; `count` how many places there are.
  constructor(key, chart, say, count, point) {
    this.box = BY_ID(key + "-hint");
    this.frame = BY_ID(key + "-chart");
    this.chart = chart;
    this.say = say;
    this.count = count;
    this.point = point;
    this.place = null;
    chart.subscribeCrosshairMove((event) => this.moved(event));
    this.frame.addEventListener("keydown", (event) => this.pressed(event));
    this.frame.addEventListener("blur", () => this.leave());
  }

  moved(event) {
    if (!event.point || !known(event.logical) || !event.sourceEvent) {
      if (event.sourceEvent || this.place === null) this.hide();
      return;
    }
    this.place = null;
    this.show(Math.round(event.logical), event.point.x, event.point.y);
  }

  show(index, x, y) {
    const lines = index >= 0 && index < this.count() ? this.say(index) : null;
    if (!lines) return this.hide();
    this.box.replaceChildren(...lines.map(([text, kind]) => made("p", { class: kind || null }, text)));
    this.box.hidden = false;
    const left = this.frame.offsetLeft, top = this.frame.offsetTop;
    const width = this.frame.clientWidth, room = this.box.offsetWidth;
    const beside = x + 18 + room <= width ? x + 18 : x - 18 - room;
    const height = this.frame.clientHeight - this.box.offsetHeight - 8;
    this.box.style.left = left + Math.min(Math.max(4, beside), Math.max(4, width - room - 4)) + "px";
    this.box.style.top = top + Math.min(Math.max(8, y - 20), Math.max(8, height)) + "px";
  }

  hide() {
    this.box.hidden = true;
  }

  leave() {
    if (this.place === null) return;
    this.place = null;
    this.chart.clearCrosshairPosition();
    this.hide();
  }

  pressed(event) {
    const steps = { ArrowLeft: -1, ArrowRight: 1, PageUp: -50, PageDown: 50, Home: -Infinity, End: Infinity };
    if (event.key === "Escape") return this.leave();
    if (!(event.key in steps) || !this.count()) return;
    event.preventDefault();
    const step = steps[event.key] * (event.shiftKey ? 10 : 1);
    const shown = this.chart.timeScale().getVisibleLogicalRange();
    const from = this.place === null ? Math.round((shown.from + shown.to) / 2) : this.place;
    this.place = Math.min(this.count() - 1, Math.max(0, from + step));
    this.follow(shown);
    const [price, time, series] = this.point(this.place);
    this.chart.setCrosshairPosition(price, time, series);
    const x = this.chart.timeScale().logicalToCoordinate(this.place);
    this.show(this.place, x === null ? 0 : x, series.priceToCoordinate(price) || 0);
  }

  // Keep the place on the screen.
  follow(shown) {
    const width = shown.to - shown.from;
    if (this.place >= shown.from && this.place <= shown.to) return;
    const from = this.place - width / 2;
    this.chart.timeScale().setVisibleLogicalRange({ from, to: from + width });
  }
}
