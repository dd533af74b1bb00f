"""Grafana's dashboards as tables of panels; `python -m tools.dashboards` writes their JSON."""
