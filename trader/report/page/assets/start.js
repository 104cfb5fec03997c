// Builds what the page has room for.
const DATA = JSON.parse(BY_ID("data").textContent);
for (const [place, ...move] of DATA.moves) (DATA.deals[place].moves ||= []).push(move);
startThemes();
if (BY_ID("account-chart")) new Account(DATA);
const PRICES = BY_ID("price-chart") ? new Prices(DATA) : null;
if (BY_ID("ledger")) new Ledger(DATA, PRICES);
