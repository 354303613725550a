"""Access tokens of an OpenID Connect issuer: where it is, which keys it signs with, what its tokens must say.

``issuer`` what is configured · ``discovery`` what the issuer says of itself · ``key_cache`` its keys, fetched by one
task · ``claims`` the check of one token, without waiting · ``tokens`` all of it as an authenticator.
"""
