"""Every refusal of the venue by its code: the words and the HTTP status.

Rules: a Refusal carries a code; the words come from the table, with the parameters filled in. Codes that are
not listed with a status are answered with HTTP 200.
"""

_TEXTS = {
    "50000": "Body for POST request cannot be empty.",
    "50001": "Service temporarily unavailable. Please try again later.",
    "50002": "JSON syntax error",
    "50004": "API endpoint request timeout (does not indicate success or failure of order, "
    "please check order status).",
    "50005": "API is offline or unavailable.",
    "50006": 'Invalid Content-Type. Please use "application/JSON".',
    "50011": "Rate limit reached. Please refer to API documentation and throttle requests accordingly.",
    "50013": "Systems are busy. Please try again later.",
    "50014": "Parameter {} cannot be empty.",
    "50015": "Either parameter {} or {} is required.",
    "50026": "System error. Try again later.",
    "50036": "The expTime can't be earlier than the current system time. "
    "Please adjust the expTime and try again.",
    "50037": "Order expired.",
    "50061": "Sub-account rate limit exceeded. The maximum rate limit is 1000 requests per 2 seconds.",
    "50101": "APIKey does not match current environment.",
    "50102": "Timestamp request expired.",
    "50103": 'Request header "OK-ACCESS-KEY" can\'t be empty.',
    "50104": 'Request header "OK-ACCESS-PASSPHRASE" can\'t be empty.',
    "50105": 'Request header "OK-ACCESS-PASSPHRASE" incorrect.',
    "50106": 'Request header "OK-ACCESS-SIGN" can\'t be empty.',
    "50107": 'Request header "OK-ACCESS-TIMESTAMP" can\'t be empty.',
    "50110": "Your IP {} is not included in your API key's whitelist.",
    "50111": "Invalid OK-ACCESS-KEY.",
    "50112": "Invalid OK-ACCESS-TIMESTAMP.",
    "50113": "Invalid signature.",
    "50114": "Invalid authorization.",
    "50119": "API key doesn't exist.",
    "50120": "This API key doesn't have permission to use this function.",
    "51000": "Parameter {} error",
    "51001": "Instrument ID does not exist.",
    "51004": "Order failed. The position would exceed the maximum for the leverage that is set.",
    "51005": "Your order amount exceeds the max order amount.",
    "51006": "Order price is not within the price limit (max buy price: {} min sell price: {}).",
    "51008": "Order failed. Insufficient USDT margin in account.",
    "51010": "You can't complete this request under your current account mode.",
    "51016": "Client order ID already exists.",
    "51020": "Your order should meet or exceed the minimum order amount.",
    "51021": "Contract is pending listing.",
    "51023": "Position doesn't exist.",
    "51028": "Contract under delivery or settlement.",
    "51046": "The take profit trigger price must be higher than the order price.",
    "51047": "The stop loss trigger price must be lower than the order price.",
    "51048": "The take profit trigger price must be lower than the order price.",
    "51049": "The stop loss trigger price must be higher than the order price.",
    "51050": "The take profit trigger price must be higher than the best ask price.",
    "51051": "The stop loss trigger price must be lower than the best ask price.",
    "51052": "The take profit trigger price must be lower than the best bid price.",
    "51053": "The stop loss trigger price must be higher than the best bid price.",
    "51054": "Request timed out. Please try again.",
    "51058": "No available position for this algo order.",
    "51065": "algoClOrdId already exists.",
    "51068": "{} already exists within algoClOrdId and attachAlgoClOrdId.",
    "51088": "You can only place 1 TP/SL order to close an entire position.",
    "51100": "Unable to place order. Take profit/Stop loss conditions cannot be added to reduce-only orders.",
    "51102": "Your order amount exceeds the maximum number of pending orders.",
    "51112": "Close order size exceeds your available size.",
    "51115": "Cancel all pending close-orders before liquidation.",
    "51121": "Order quantity must be a multiple of the lot size.",
    "51137": "The highest price limit for buy orders is {}.",
    "51138": "The lowest price limit for sell orders is {}.",
    "51149": "Order timed out. Please try again.",
    "51169": "Order failed because you don't have any positions in this direction to reduce or close.",
    "51170": "Failed to place order. A reduce-only order can't be the same trading direction "
    "as your existing positions.",
    "51202": "Market order amount exceeds the maximum amount.",
    "51205": "Reduce Only is not available.",
    "51250": "Algo order price is out of the available range.",
    "51261": "The number of pending TP/SL orders exceeds the limit.",
    "51277": "TP trigger price can't be higher than the last price.",
    "51278": "SL trigger price can't be lower than the last price.",
    "51279": "TP trigger price can't be lower than the last price.",
    "51280": "SL trigger price can't be higher than the last price.",
    "51298": "Trigger orders are not available in the net mode of futures and perpetual swaps.",
    "51300": "TP trigger price can't be higher than the mark price.",
    "51302": "SL trigger price can't be lower than the mark price.",
    "51303": "TP trigger price can't be lower than the mark price.",
    "51304": "SL trigger price can't be higher than the mark price.",
    "51305": "TP trigger price can't be higher than the index price.",
    "51306": "SL trigger price can't be lower than the index price.",
    "51307": "TP trigger price can't be lower than the index price.",
    "51308": "SL trigger price can't be higher than the index price.",
    "51328": "closeFraction is only available for reduceOnly orders.",
    "51330": "closeFraction is only available for market orders.",
    "51331": "closeFraction is only available for close position orders.",
    "51333": "Close position orders in hedge mode cannot attach TP/SL.",
    "51400": "Cancellation failed as the order has been filled, canceled or does not exist.",
    "51412": "The order has been triggered and can't be canceled.",
    "51416": "Order has been triggered and can't be canceled.",
    "51503": "Order modification failed as the order has been filled, canceled or does not exist.",
    "51523": "Unable to modify the size of an order that closes an entire position.",
    "51526": "Order modification failed. TP/SL legs cannot be added.",
    "51527": "Order modification failed. The algo order does not exist.",
    "51528": "Order modification failed. The trigger type cannot be changed.",
    "51603": "Order does not exist.",
    "51602": "Either state or algoId is required.",
    "59000": "Setting failed. Cancel any open orders, close positions, and stop trading bots first.",
    "59102": "Leverage exceeds the maximum limit. Please lower the leverage.",
    "59105": "Leverage can't be less than {}.",
    "59107": "You have pending orders under this service. Modify the leverage after canceling all orders.",
    "59108": "Your account leverage is too low. Increase the leverage.",
    "59109": "Account equity less than the required margin amount after adjustment. "
    "Please adjust the leverage.",
    "59300": "Margin call failed. Position does not exist.",
    "59301": "Margin adjustment failed for exceeding the max limit.",
}

_STATUS = {
    "50000": 400, "50001": 503, "50002": 400, "50004": 400, "50005": 410, "50006": 400, "50013": 429,
    "50014": 400, "50015": 400, "50026": 500, "50035": 403, "50101": 401, "50102": 401, "50103": 401,
    "50104": 401, "50105": 401, "50106": 401, "50107": 401, "50110": 401, "50111": 401, "50112": 401,
    "50113": 401, "50114": 401, "51000": 400, "51054": 500, "51113": 429, "51115": 429, "51149": 500,
}  # fmt: skip


class Refusal(Exception):
    """The venue says no, in its own words."""

    def __init__(self, code: str, *parameters: str, sub_code: str = "") -> None:
        self.code = code
        self.sub_code = sub_code
        self.text = refusal_text(code).format(*parameters)
        super().__init__(f"{code} {self.text}")

    @property
    def status(self) -> int:
        """The HTTP status where the whole request is refused."""
        return status_of(self.code)


def refusal_text(code: str) -> str:
    return _TEXTS.get(code, f"Error {code}.")


def status_of(code: str) -> int:
    return _STATUS.get(code, 200)
