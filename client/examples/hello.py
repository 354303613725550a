"""Buys whatever is offered below 40."""

import sys

from exchange_client import connect_sync

with connect_sync(sys.argv[1], token=sys.argv[2]) as exchange:
    market = exchange.markets["Rain on Friday"]
    while True:
        offer = market.best_offer  # price, size and number of orders; or None
        if offer and offer.price < 40:
            order = market.buy(10, at=offer.price, time_in_force="IOC")
            print(f"bought {order.filled} at {order.average_price}, position {market.position}", flush=True)
        exchange.wait_for_change(market, timeout=5)
