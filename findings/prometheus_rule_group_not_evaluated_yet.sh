#!/usr/bin/env bash
# Prometheus 2.42.0 says 0 for a rule group that it has not evaluated yet, in
# prometheus_rule_group_last_evaluation_timestamp_seconds. One would expect no series, or NaN. A
# group waits for a slot of its own within its interval, so the 0 may stand for a whole interval
# after each start. An age that is worked out from it is more than fifty years.
set -euo pipefail
folder=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
apt-get download --quiet 'prometheus=2.42.0+ds-5+deb12u1' >/dev/null
dpkg -x prometheus_*.deb unpacked
cat > rules.yml <<'YAML'
groups:
  - name: hourly
    interval: 1h
    rules: [{record: always, expr: vector(1)}]
YAML
echo 'rule_files: [rules.yml]' > prometheus.yml
unpacked/usr/bin/prometheus --config.file=prometheus.yml --storage.tsdb.path=data \
  --web.listen-address=127.0.0.1:19797 --log.level=error &
server=$!
for _ in $(seq 100); do
  page=$(python3 -c 'from urllib.request import urlopen as u; print(u("http://127.0.0.1:19797/metrics").read().decode())' 2>/dev/null || true)
  line=$(grep '^prometheus_rule_group_last_evaluation_timestamp_seconds{' <<< "$page" || true)
  [ -z "$line" ] || break
  sleep 0.1
done
echo "before its first evaluation: ${line:-no series}"
[[ "$line" == *' 0' ]]
