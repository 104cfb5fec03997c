/* The breakout strategy of docs/backtest.md on one coin, bar by bar, as one would write it in C: the yardstick of
   `scripts/bench backtest`. Whole bars without holes, no funding, no ratchet; sums in the order of the strategy.
   Build: gcc -O3 -ffp-contract=off -shared -fPIC. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

typedef struct {
    int64_t frame_ms, start_ms, range_bars, lookback, fast, slow, window, days, early_bars, hold, every;
    double volume, threshold, trend_target, trend_stop, range_target, range_stop, early_mfe;
    double equity, ratio, taker, slip, den, lot_den, notional_min, bound_up, bound_down;
} rules;

typedef struct { int64_t k, e, x, sign, reason; double entry, exit, size; } trade;

static double ema(const double *c, int64_t count, double period) {
    double a = 2.0 / (period + 1.0), e = c[0];
    for (int64_t i = 1; i < count; i++) e = c[i] * a + e * (1.0 - a);
    return e;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static int spike(const double *h, const double *l, int64_t k) {
    double wide = h[k] - l[k], ranked[48];
    int narrow = 0;
    for (int64_t j = k - 48; j < k; j++) narrow += 20.0 * (h[j] - l[j]) < wide;
    if (narrow < 24) return 0;
    for (int j = 0; j < 48; j++) ranked[j] = h[k - 48 + j] - l[k - 48 + j];
    qsort(ranked, 48, sizeof(double), by_size);
    return wide > 20.0 * ((ranked[23] + ranked[24]) / 2.0);
}

static double tick(double x, double den) { return floor(x * den + 0.5) / den; }

int64_t breakout(int64_t n, const double *o, const double *h, const double *l, const double *c, const double *v,
                 const rules *r, trade *out) {
    int64_t per = 14400000 / r->frame_ms, day = 86400000 / r->frame_ms, groups = n / per + 1, days = n / day + 1;
    double *gc = malloc(groups * 8), *dh = malloc(days * 8), *dl = malloc(days * 8), *dc = malloc(days * 8);
    signed char *up = malloc(groups), *trend = malloc(days);
    int64_t g = 0, d = 0, count = 0;
    for (int64_t i = per - 1; i < n; i += per, g++) {
        gc[g] = c[i];
        up[g] = g + 1 < r->window ? -1
              : ema(gc + g - r->window + 1, r->window, r->fast) > ema(gc + g - r->window + 1, r->window, r->slow);
    }
    for (int64_t i = day - 1; i < n; i += day, d++) {
        double top = h[i - day + 1], low = l[i - day + 1];
        for (int64_t j = i - day + 2; j <= i; j++) { if (h[j] > top) top = h[j]; if (l[j] < low) low = l[j]; }
        dh[d] = top; dl[d] = low; dc[d] = c[i]; trend[d] = -1;
        if (d < r->days) continue;
        double walked = 0.0, was = dc[d - r->days];
        for (int64_t q = d - r->days + 1; q <= d; q++) {
            double t = dh[q] - dl[q], a = fabs(dh[q] - was), b = fabs(dl[q] - was);
            if (a > t) t = a;
            if (b > t) t = b;
            walked = walked + t; was = dc[q];
        }
        trend[d] = (walked == 0.0 ? 0.0 : fabs(was - dc[d - r->days]) / walked) > r->threshold;
    }
    double cash = r->equity, size = 0, entry = 0, stop = 0, target = 0, wanted = 0, wait_size = 0;
    int64_t sign = 0, e = 0, k0 = 0, closing = 0, wait = 0, checks = 0, tight = 0, regime = 0;
    for (int64_t i = 0; i < n; i++) {
        double exit = 0.0; int64_t why = 0;
        if (sign && closing) { exit = o[i]; why = closing; }
        else if (sign && sign * (o[i] - stop) <= 0.0) { exit = o[i]; why = 2; }
        else if (sign && sign * (o[i] - target) >= 0.0) { exit = o[i]; why = 1; }
        if (wait) {
            sign = wait; wait = 0; size = wait_size; e = i; checks = tight = 0;
            entry = o[i] * (1.0 + sign * r->slip); cash -= size * entry * r->taker;
            wanted = entry * (1.0 + sign * (regime ? r->trend_target : r->range_target));
            stop = tick(entry * (1.0 + sign * -(regime ? r->trend_stop : r->range_stop)), r->den);
            target = tick(wanted, r->den);
        }
        if (sign && !why) {
            if (sign > 0 ? l[i] <= stop : h[i] >= stop) { exit = stop; why = 2; }
            else if (sign > 0 ? h[i] >= target : l[i] <= target) { exit = target; why = 1; }
        }
        if (why) {
            exit = exit * (1.0 - sign * r->slip);
            cash = cash + size * sign * (exit - entry) - size * exit * r->taker;
            out[count++] = (trade){k0, e, i, sign, why, entry, exit, size};
            sign = closing = 0;
        }
        int64_t q = (i + 1) / day - 1;
        if (sign) {
            int64_t held = i - e + 1;
            if (held == r->early_bars + 1) {
                double best = entry;
                for (int64_t j = e + 1; j <= i; j++) {
                    double x = sign > 0 ? h[j] : l[j];
                    if (sign * (x - best) > 0.0) best = x;
                }
                if (sign * (best - entry) / entry < r->early_mfe) { closing = 5; continue; }
            }
            if (held >= r->hold) { closing = 4; continue; }
            if (held % r->every == 0 && held / r->every > checks) {
                checks++;
                double t = entry * (1.0 + sign * (trend[q] ? r->trend_target : r->range_target));
                if (sign * (t - wanted) < 0.0) { wanted = t; tight = 1; }
            }
            if (tight && sign * (c[i] - wanted) < 0.0) {
                double level = tick(wanted, r->den);
                if (fabs(level - target) >= 0.002 * entry && (c[i] - level) * sign < 0.0) target = level;
            }
            if (tight && sign * (c[i] - wanted) >= 0.0) closing = 1;
            continue;
        }
        int64_t p = (i + 1) / per - 1;
        if (p < 0 || q < 0 || i < r->range_bars || i < r->lookback || i < 48 || up[p] < 0 || trend[q] < 0) continue;
        int above = 1, below = 1;
        for (int64_t j = i - 1; j >= i - r->range_bars && (above || below); j--) {
            above &= h[i] > h[j]; below &= l[i] < l[j];
        }
        if (above == below || up[p] != above) continue;
        double sum = 0.0;
        for (int64_t j = i - r->lookback; j < i; j++) sum = sum + v[j] * c[j];
        if (v[i] * c[i] < r->volume * (sum / r->lookback) || spike(h, l, i)) continue;
        double bound = above ? floor(c[i] * r->bound_up * r->den + 1e-7) / r->den
                             : ceil(c[i] * r->bound_down * r->den - 1e-7) / r->den;
        wait_size = floor(cash * r->ratio / bound * r->lot_den) / r->lot_den;
        if (i + 1 >= n || wait_size * bound < r->notional_min) continue;
        wait = above ? 1 : -1; k0 = i; regime = trend[q];
    }
    free(gc); free(dh); free(dl); free(dc); free(up); free(trend);
    if (sign) out[count++] = (trade){k0, e, n - 1, sign, 6, entry, c[n - 1], size};
    return count;
}
