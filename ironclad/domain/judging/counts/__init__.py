"""Do the client, the replicas and Prometheus count the same?"""
