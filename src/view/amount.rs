//! Resource amounts as the map reckons with them: milli-CPU and bytes, rounded as the scheduler rounds.

use crate::apimachinery::Value;

/// Reads a quantity in thousandths: `100m` → 100, `2` → 2000, `1Gi` → 1024³·1000. Zero where it is none.
pub fn milli(v: &Value) -> i64 {
    let text = match v {
        Value::Int(i) => return i.saturating_mul(1000),
        Value::Float(f) => return (f * 1000.0) as i64,
        v => v.str(),
    };
    let end = text
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '+' | '-')))
        .unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let Ok(number) = number.parse::<f64>() else {
        return 0;
    };
    let scale = match suffix {
        "n" => 1e-9,
        "u" => 1e-6,
        "m" => 1e-3,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "P" => 1e15,
        "E" => 1e18,
        "Ki" => 1024.0,
        "Mi" => 1_048_576.0,
        "Gi" => 1_073_741_824.0,
        "Ti" => 1_099_511_627_776.0,
        "Pi" => 1_125_899_906_842_624.0,
        _ => suffix
            .strip_prefix(['e', 'E'])
            .and_then(|e| e.parse::<i32>().ok())
            .map_or(1.0, |e| 10f64.powi(e)),
    };
    (number * scale * 1000.0).ceil() as i64
}

/// Reads a quantity in whole units: `1Ki` → 1024.
pub fn units(v: &Value) -> i64 {
    let m = milli(v);
    m.div_euclid(1000) + i64::from(m.rem_euclid(1000) > 0)
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
    let n = n as f64;
    for (unit, size) in [
        ("TiB", 1_099_511_627_776.0),
        ("GiB", 1_073_741_824.0),
        ("MiB", 1_048_576.0),
        ("KiB", 1024.0),
    ] {
        if n >= size {
            let x = n / size;
            return if x >= 10.0 || (x - x.round()).abs() < 0.05 {
                format!("{x:.0} {unit}")
            } else {
                format!("{x:.1} {unit}")
            };
        }
    }
    format!("{n:.0} B")
}

/// Milli-CPU as people read them: `250m`, `1.5`, `4`.
pub fn cpu(milli: i64) -> String {
    match milli {
        m if m % 1000 == 0 => (m / 1000).to_string(),
        m if m < 1000 => format!("{m}m"),
        m => format!("{:.1}", m as f64 / 1000.0),
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
        assert_eq!(cpu(1500), "1.5");
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
