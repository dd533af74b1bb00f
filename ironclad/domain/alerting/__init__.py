"""From objectives to rules and alerts, and when an alert has to fire."""
