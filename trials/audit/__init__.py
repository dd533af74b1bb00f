"""What comes from elsewhere and what must not get out: advisories on pins, secrets in commits."""
