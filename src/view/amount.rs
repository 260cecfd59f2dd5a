//! Resource amounts as the map reckons with them: milli-CPU and bytes, rounded as the scheduler rounds.

use crate::apimachinery::{Value, quantity::Quantity};

/// Reads a quantity in thousandths: `100m` → 100, `2` → 2000, `1Gi` → 1024³·1000. Zero where it is none.
pub fn milli(v: &Value) -> i64 {
    if v.is_null() {
        return 0;
    }
    Quantity::try_of(v).map_or(0, |q| q.milli_value())
}

/// Reads a quantity in whole units: `1Ki` → 1024.
pub fn units(v: &Value) -> i64 {
    if v.is_null() {
        return 0;
    }
    Quantity::try_of(v).map_or(0, |q| q.value())
}

/// A pod's requests, milli-CPU and bytes: the larger of its containers' sum (sidecars included) and each init container.
pub fn pod_requests(pod: &Value) -> (i64, i64) {
    let of = |c: &Value| {
        let r = c.at(&["resources", "requests"]);
        (milli(r.get("cpu")), units(r.get("memory")))
    };
    let spec = pod.get("spec");
    let mut sum = (0, 0);
    for c in spec.get("containers").items() {
        let (cpu, memory) = of(c);
        sum = (sum.0 + cpu, sum.1 + memory);
    }
    let (mut sidecars, mut peak) = ((0, 0), (0, 0));
    for c in spec.get("initContainers").items() {
        let (cpu, memory) = of(c);
        let now = (sidecars.0 + cpu, sidecars.1 + memory);
        if c.get("restartPolicy") == "Always" {
            sidecars = now;
        }
        peak = (i64::max(peak.0, now.0), i64::max(peak.1, now.1));
    }
    sum = (sum.0 + sidecars.0, sum.1 + sidecars.1);
    let overhead = spec.get("overhead");
    (
        sum.0.max(peak.0) + milli(overhead.get("cpu")),
        sum.1.max(peak.1) + units(overhead.get("memory")),
    )
}

/// Bytes as people read them: `1.5 GiB`, `128 MiB`.
pub fn bytes(n: i64) -> String {
    for (unit, bits) in [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)] {
        if n >> bits > 0 {
            let tenths = ratio(n, 1 << bits, 10);
            let text = match tenths {
                ..100 => decimal(tenths),
                _ => ((tenths + 5) / 10).to_string(),
            };
            return format!("{text} {unit}");
        }
    }
    format!("{n} B")
}

/// Milli-CPU as people read them: `250m`, `1.5`, `4`.
pub fn cpu(milli: i64) -> String {
    match milli {
        m if m < 1000 && m != 0 => format!("{m}m"),
        m => decimal(ratio(m, 1000, 10)),
    }
}

/// `part` of `whole` in percent, from 0 to 100 with one digit behind the point.
pub fn percent(part: i64, whole: i64) -> String {
    decimal(ratio(part, whole.max(1), 1000).clamp(0, 1000))
}

/// `n / d · scale`, rounded.
fn ratio(n: i64, d: i64, scale: i64) -> i64 {
    let (n, d, scale) = (i128::from(n), i128::from(d), i128::from(scale));
    ((n * scale + d / 2) / d) as i64
}

/// Tenths as a decimal number without needless digits.
fn decimal(tenths: i64) -> String {
    match tenths % 10 {
        0 => (tenths / 10).to_string(),
        tenth => format!("{}.{tenth}", tenths / 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree;

    #[test]
    fn quantities_are_read_as_the_scheduler_rounds_them() {
        for (text, expected) in [
            ("100m", 100),
            ("2", 2000),
            ("0.5", 500),
            ("1k", 1_000_000),
            ("1Ki", 1_024_000),
            ("1e3", 1_000_000),
            ("", 0),
        ] {
            assert_eq!(milli(&Value::from(text)), expected, "{text}");
        }
        assert_eq!(units(&Value::from("1500m")), 2);
        assert_eq!(bytes(134_217_728), "128 MiB");
        assert_eq!(bytes(1_610_612_736), "1.5 GiB");
        assert_eq!(bytes(15 << 30 | 1 << 29), "16 GiB");
        assert_eq!(bytes(1023), "1023 B");
        assert_eq!(
            [cpu(1500), cpu(250), cpu(4000), cpu(0)],
            ["1.5", "250m", "4", "0"]
        );
        assert_eq!(
            [percent(1, 3), percent(3, 2), percent(0, 0)],
            ["33.3", "100", "0"]
        );
    }

    #[test]
    fn init_containers_count_by_their_peak() {
        let pod = tree!({"spec": {
            "initContainers": [
                {"name": "side", "restartPolicy": "Always", "resources": {"requests": {"cpu": "50m"}}},
                {"name": "init", "resources": {"requests": {"cpu": "400m"}}}
            ],
            "containers": [{"name": "c", "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}}}]
        }});
        assert_eq!(pod_requests(&pod), (450, 67_108_864));
    }
}
