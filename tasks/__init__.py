"""One verb each, with its retries, its timeout and its name in the Prefect UI."""
