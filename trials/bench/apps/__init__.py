"""What is measured: services, ours and those of peers, and a deploy without Prefect."""
