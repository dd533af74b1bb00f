"""The password's verifier, against one that PostgreSQL's own documentation of RFC 7677 gives."""

import base64
import hashlib
import hmac

from ironclad.adapters.local.postgres.login import scram_verifier


def test_the_verifier_is_the_rfc_s() -> None:
    """RFC 7677, section 3: user "user", password "pencil", 4096 iterations.

    Its server signature over the exchange's AuthMessage needs this ServerKey; its client proof this
    StoredKey.
    """
    salt = base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ==")
    stored, server = (
        base64.b64decode(part) for part in scram_verifier("pencil", salt).split("$")[2].split(":")
    )
    message = (
        b"n=user,r=rOprNGfwEbeRWgbNEkqO,"
        b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,"
        b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
    )
    signature = hmac.digest(server, message, "sha256")
    assert base64.b64encode(signature) == b"6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="
    proof = base64.b64decode("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")
    client_signature = hmac.digest(stored, message, "sha256")
    client_key = bytes(a ^ b for a, b in zip(proof, client_signature, strict=True))
    assert hashlib.sha256(client_key).digest() == stored
