"""The tables, as migrations: ``MIGRATIONS[n]`` brings a file from schema ``n`` to ``n + 1``.

Comments inside the statements are kept in the file, so ``.schema`` in the sqlite3 shell explains it. References are
declared for readers and for ``exchange verify``; they are not enforced while the exchange runs, because the rules have
checked them already and each would cost a look-up for every row.

Everything that grows with history is written at its end: a page that a transaction touches costs the same however
little of it changes, so a batch must touch few, and pages are small. That is why the indexes on history begin with a
*block*, a run of :data:`BLOCK` identifiers: new entries of all accounts go to the same few pages, at any size of the
file, and a reader looks once into each block instead (``reader.py``, ``history.py``). A plain index by account has one
page for each account to touch. It is also why what rests is found by ranges of orders instead of by an index, in which
each order that ends would touch one more page far from all others.
"""

PAGE_BYTES = 2_048
APPLICATION_ID = 0x45584348  # "EXCH": `file` and the program recognise an exchange by it
BLOCK_BITS = 10
BLOCK = 1 << BLOCK_BITS  # identifiers; a block of index entries is about eight pages
OPEN_RANGE = 64  # identifiers, a power of two: their rows are two pages

_FIRST = f"""
CREATE TABLE meta (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    exchange_id BLOB NOT NULL, -- 16 random bytes; a restored file gets new ones
    created_at INTEGER NOT NULL -- every time here is in nanoseconds since 1970-01-01 UTC
) STRICT;

CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    subject TEXT NOT NULL UNIQUE, -- what the token names
    account_id INTEGER NOT NULL REFERENCES accounts (id),
    created_sequence INTEGER NOT NULL REFERENCES journal (sequence),
    email TEXT NOT NULL -- as the issuer had verified it on the first sign-in; '' is none
) STRICT;

CREATE TABLE accounts (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    kind INTEGER NOT NULL, -- 1 a user's own, 2 sub-account, 3 the house
    created_sequence INTEGER NOT NULL REFERENCES journal (sequence),
    cash INTEGER NOT NULL, -- ten-thousandths
    received INTEGER NOT NULL -- ten-thousandths: transfers in less transfers out
) STRICT;

CREATE TABLE account_owners (
    account_id INTEGER NOT NULL REFERENCES accounts (id),
    user_id INTEGER NOT NULL REFERENCES users (id),
    PRIMARY KEY (account_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE markets (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    owner_account_id INTEGER NOT NULL, -- 0 is the exchange itself
    low INTEGER NOT NULL, -- hundredths: it settles from low to high
    high INTEGER NOT NULL,
    status INTEGER NOT NULL, -- 1 open, 2 halted, 3 paused, 4 settled
    position_limit INTEGER NOT NULL, -- hundredths; 0 is none
    settlement_price INTEGER NOT NULL, -- hundredths; 0 before it is settled
    created_at INTEGER NOT NULL,
    group_id INTEGER NOT NULL, -- 0 is none
    pinned INTEGER NOT NULL,
    ranked INTEGER NOT NULL, -- counts for the leaderboard
    opens_at INTEGER NOT NULL, -- 0 is never
    closes_at INTEGER NOT NULL, -- 0 is never
    redeem_fee INTEGER NOT NULL, -- hundredths a contract, paid to the house where a fund is redeemed
    restricted INTEGER NOT NULL, -- 1 where only its viewers may see it
    anonymous INTEGER NOT NULL -- 1 where foreign accounts are hidden
) STRICT;

-- Who may see a market while it is restricted.
CREATE TABLE viewers (
    market_id INTEGER NOT NULL REFERENCES markets (id),
    account_id INTEGER NOT NULL REFERENCES accounts (id),
    PRIMARY KEY (market_id, account_id)
) STRICT, WITHOUT ROWID;

-- The baskets of funds; they never change.
CREATE TABLE constituents (
    fund_id INTEGER NOT NULL REFERENCES markets (id),
    place INTEGER NOT NULL, -- from 0
    market_id INTEGER NOT NULL REFERENCES markets (id),
    multiplier INTEGER NOT NULL, -- contracts that one of the fund holds; may be negative
    PRIMARY KEY (fund_id, place)
) STRICT, WITHOUT ROWID;

-- What was held in a settled market: what comes back if the settlement is reversed.
CREATE TABLE settled_positions (
    market_id INTEGER NOT NULL REFERENCES markets (id),
    account_id INTEGER NOT NULL REFERENCES accounts (id),
    size INTEGER NOT NULL, -- hundredths
    cost INTEGER NOT NULL, -- ten-thousandths
    PRIMARY KEY (market_id, account_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE groups (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    description TEXT NOT NULL
) STRICT;

CREATE TABLE announcements (
    sequence INTEGER PRIMARY KEY REFERENCES journal (sequence),
    time INTEGER NOT NULL,
    text TEXT NOT NULL
) STRICT;

-- Beside the markets, whose rows are wide: this one changes with every trade.
CREATE TABLE last_trades (
    market_id INTEGER PRIMARY KEY REFERENCES markets (id),
    price INTEGER NOT NULL, -- hundredths
    size INTEGER NOT NULL, -- hundredths
    time INTEGER NOT NULL
) STRICT;

-- A row from the first trade on. What rests is in orders.
CREATE TABLE positions (
    market_id INTEGER NOT NULL REFERENCES markets (id),
    account_id INTEGER NOT NULL REFERENCES accounts (id),
    size INTEGER NOT NULL, -- hundredths held; negative is short
    cost INTEGER NOT NULL, -- ten-thousandths that the held size cost
    cash_flow INTEGER NOT NULL, -- ten-thousandths received less paid in this market
    PRIMARY KEY (market_id, account_id)
) STRICT, WITHOUT ROWID;

-- Every order ever placed; why one ended is in the journal at ended_sequence.
CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    market_id INTEGER NOT NULL REFERENCES markets (id),
    account_id INTEGER NOT NULL REFERENCES accounts (id),
    side INTEGER NOT NULL, -- 1 buy, 2 sell
    price INTEGER NOT NULL, -- hundredths
    size INTEGER NOT NULL, -- hundredths, the filled part included
    filled INTEGER NOT NULL, -- hundredths
    remaining INTEGER NOT NULL, -- hundredths that rest in the book; 0 once it has ended
    priority INTEGER, -- place in the queue of its price; NULL once it has ended
    ended_sequence INTEGER REFERENCES journal (sequence), -- NULL while it rests
    placed_sequence INTEGER NOT NULL REFERENCES journal (sequence),
    placed_at INTEGER NOT NULL,
    time_in_force INTEGER NOT NULL, -- 1 GTC, 2 IOC, 3 FOK, 4 GTD
    post_only INTEGER NOT NULL,
    expires_at INTEGER NOT NULL, -- 0 is never
    session_number INTEGER NOT NULL, -- the session it ends with; 0 is none
    tag BLOB NOT NULL
) STRICT;
CREATE INDEX orders_by_account ON orders (id >> {BLOCK_BITS}, account_id);

-- Ranges of {OPEN_RANGE} order ids in which some order rests, by their first id.
CREATE TABLE open_ranges (
    first_order_id INTEGER PRIMARY KEY
) STRICT;

-- The orders that rest, without a look at the others.
CREATE VIEW open_orders AS
    SELECT orders.* FROM open_ranges
    CROSS JOIN orders ON id BETWEEN first_order_id AND first_order_id + {OPEN_RANGE - 1}
    WHERE ended_sequence IS NULL;

CREATE TABLE trades (
    sequence INTEGER NOT NULL REFERENCES journal (sequence),
    trade_index INTEGER NOT NULL, -- from 0 within the sequence
    market_id INTEGER NOT NULL REFERENCES markets (id),
    time INTEGER NOT NULL,
    price INTEGER NOT NULL, -- hundredths
    size INTEGER NOT NULL, -- hundredths
    taker_side INTEGER NOT NULL, -- 1 buy, 2 sell
    taker_account_id INTEGER NOT NULL REFERENCES accounts (id),
    taker_order_id INTEGER NOT NULL REFERENCES orders (id),
    maker_account_id INTEGER NOT NULL REFERENCES accounts (id),
    maker_order_id INTEGER NOT NULL REFERENCES orders (id),
    PRIMARY KEY (sequence, trade_index)
) STRICT, WITHOUT ROWID;
CREATE INDEX trades_by_market ON trades (sequence >> {BLOCK_BITS}, market_id);

CREATE TABLE transfers (
    id INTEGER PRIMARY KEY,
    sequence INTEGER NOT NULL REFERENCES journal (sequence),
    time INTEGER NOT NULL,
    kind INTEGER NOT NULL, -- 1 transfer, 2 grant, 3 claw-back, 4 starting cash, 5 cover
    from_account_id INTEGER NOT NULL REFERENCES accounts (id),
    to_account_id INTEGER NOT NULL REFERENCES accounts (id),
    amount INTEGER NOT NULL, -- ten-thousandths
    note TEXT NOT NULL,
    initiator_user_id INTEGER NOT NULL -- 0 is the exchange itself
) STRICT;
CREATE INDEX transfers_by_sender ON transfers (from_account_id);
CREATE INDEX transfers_by_recipient ON transfers (to_account_id);

CREATE TABLE sessions (
    session_number INTEGER PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users (id),
    token BLOB NOT NULL, -- random bytes that a client keeps over its reconnects
    UNIQUE (user_id, token)
) STRICT;

-- Sessions whose orders end with them.
CREATE TABLE guarded_sessions (
    session_number INTEGER PRIMARY KEY REFERENCES sessions (session_number)
) STRICT;

-- Accounts whose orders end unless the timer is set again in time.
CREATE TABLE dead_man_timers (
    account_id INTEGER PRIMARY KEY REFERENCES accounts (id),
    seconds INTEGER NOT NULL, -- its length
    due INTEGER NOT NULL -- when it runs out; a start gives it its full length again
) STRICT;

-- Keys of bots, and of people who were invited. What is kept of a key is its hash alone.
CREATE TABLE api_keys (
    id INTEGER PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users (id),
    account_id INTEGER NOT NULL REFERENCES accounts (id), -- the only one it acts as
    label TEXT NOT NULL,
    scope INTEGER NOT NULL, -- 1 reads, 2 trades and reads, 3 all that its user may
    expires_at INTEGER NOT NULL, -- 0 is never
    created_at INTEGER NOT NULL,
    last_used INTEGER NOT NULL, -- to within key_use_seconds; 0 is never
    key_hash BLOB NOT NULL, -- SHA-256
    revoked_sequence INTEGER REFERENCES journal (sequence) -- NULL while it is good
) STRICT;

-- One-time links for people.
CREATE TABLE invitations (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    note TEXT NOT NULL, -- whom it is for
    starting_cash INTEGER NOT NULL, -- ten-thousandths
    token_hash BLOB NOT NULL, -- SHA-256
    created_at INTEGER NOT NULL,
    user_id INTEGER NOT NULL, -- who accepted it, or whom it is for; 0 is nobody yet
    accepted_at INTEGER NOT NULL, -- 0 is not yet
    key_id INTEGER NOT NULL, -- the key it became, or 0
    session_hash BLOB NOT NULL, -- SHA-256 of the client session that accepted it
    revoked_sequence INTEGER REFERENCES journal (sequence) -- NULL unless it was
) STRICT;

-- Every commit ever, gapless; the tables above follow from its facts.
CREATE TABLE journal (
    sequence INTEGER PRIMARY KEY,
    time INTEGER NOT NULL, -- grows with the sequence
    user_id INTEGER NOT NULL, -- who asked; 0 is the exchange itself
    account_id INTEGER NOT NULL, -- for which account
    elevated INTEGER NOT NULL, -- 1 with admin powers
    session_number INTEGER NOT NULL, -- 0 is none
    request_id INTEGER NOT NULL, -- 0 is none
    body_hash INTEGER NOT NULL, -- of the request, so that another one under its id is noticed
    changes_rights INTEGER NOT NULL, -- 1 where somebody may see or do more or less from here on
    market_id INTEGER NOT NULL, -- the market of all its facts that have one; 0 none, -1 several
    changes_status INTEGER NOT NULL, -- 1 where a market was made, opened, halted, paused, settled or unsettled
    facts BLOB NOT NULL,
    reply BLOB NOT NULL,
    checksum INTEGER NOT NULL -- CRC-32 of all other columns, see store/journal.py
) STRICT;
-- What makes a retry harmless: a request of a session is executed once. Unique within a block only.
CREATE UNIQUE INDEX requests ON journal (sequence >> {BLOCK_BITS}, session_number, request_id)
    WHERE session_number > 0 AND request_id > 0;
CREATE INDEX rights_changes ON journal (sequence) WHERE changes_rights = 1;
CREATE INDEX elevated_actions ON journal (sequence) WHERE elevated = 1 AND user_id > 0;
CREATE INDEX status_changes ON journal (market_id, sequence) WHERE changes_status = 1;
"""

MIGRATIONS = (_FIRST,)
