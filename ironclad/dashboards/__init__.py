"""Grafana's dashboards as tables of panels; `python -m ironclad.dashboards` writes their JSON."""
