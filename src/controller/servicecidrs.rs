//! Says which ServiceCIDRs are ready, and keeps those from being deleted whose addresses are in use (`pkg/controller/servicecidrs`).

use super::runner::{Action, Error, Outcome, Reconciler, Watching, Work};
use super::stores::{Kind, Stores};
use crate::apimachinery::{Timestamp, Value};
use crate::client::Delta;
use crate::tree;
use std::net::IpAddr;
use std::time::Duration;

const FINALIZER: &str = "networking.k8s.io/service-cidr-finalizer";
const MANAGED_BY: &str = "ipaddress.kubernetes.io/managed-by";
const ALLOCATOR: &str = "ipallocator.k8s.io";
/// How long allocators have to hear that a range is being deleted.
const GRACE_PERIOD: Duration = Duration::from_secs(10);
const IN_USE: &str = "There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR";

/// The controller of ServiceCIDRs.
#[derive(Clone, Default)]
pub struct ServiceCidrController {}

/// An address as a number, with the bits of its family.
fn number(ip: IpAddr) -> (u128, u32) {
    match ip {
        IpAddr::V4(ip) => (u128::from(u32::from(ip)), 32),
        IpAddr::V6(ip) => (u128::from(ip), 128),
    }
}

/// First and last address of a range, with the bits of its family.
fn bounds(cidr: &str) -> Option<(u128, u128, u32)> {
    let (ip, length) = cidr.split_once('/')?;
    let (base, bits) = number(ip.parse().ok()?);
    let host = bits.checked_sub(length.parse().ok()?)?;
    let mask = 1_u128.checked_shl(host).map_or(u128::MAX, |size| size - 1);
    Some((base & !mask, base | mask, bits))
}

fn cidrs(range: &Value) -> impl Iterator<Item = (u128, u128, u32)> {
    let all = range.at(&["spec", "cidrs"]).items().iter();
    all.filter_map(|cidr| bounds(cidr.str()))
}

/// The ranges that hold an address (`ContainsAddress`).
fn of_address<'a>(stores: &'a Stores, address: &'a Value) -> impl Iterator<Item = &'a Value> {
    let at = address.name().parse().ok().map(number);
    stores[Kind::ServiceCidrs].iter().filter(move |range| {
        cidrs(range).any(|(first, last, bits)| {
            at.is_some_and(|(ip, of)| of == bits && (first..=last).contains(&ip))
        })
    })
}

fn is_managed(address: &Value) -> bool {
    address.label(MANAGED_BY) == Some(ALLOCATOR)
}

/// Whether all addresses in use lie in other ranges as well (`canDeleteCIDR`).
fn can_go(range: &Value, stores: &Stores) -> bool {
    let others = || {
        let all = stores[Kind::ServiceCidrs].iter();
        all.filter(|other| other.name() != range.name())
    };
    let contained = |(first, last, bits)| {
        others()
            .flat_map(cidrs)
            .any(|(from, to, of)| of == bits && from <= first && last <= to)
    };
    cidrs(range).all(contained)
        || !stores[Kind::IpAddresses]
            .iter()
            .filter(|address| is_managed(address))
            .any(|address| {
                let mut of = of_address(stores, address);
                of.next().is_some_and(|first| first.name() == range.name()) && of.next().is_none()
            })
}

/// Says what holds of a range, where it was not said (`updateConditionIfNeeded`).
fn say(range: &Value, condition: [&str; 3], work: &mut Work<'_, '_>) -> Outcome {
    let [status, reason, message] = condition;
    let conditions = range.at(&["status", "conditions"]).items();
    let said = conditions.iter().any(|c| {
        ["type", "status", "reason", "message"].map(|f| c.get(f).str())
            == ["Ready", status, reason, message]
    });
    if said {
        return Ok(Action::AwaitChange);
    }
    let mut range = range.clone();
    let condition = tree!({
        "type": "Ready", "status": status, "reason": reason, "message": message, "lastTransitionTime": work.cx.now,
    });
    let conditions = range.at_mut(&["status", "conditions"]);
    if !conditions.is_empty() {
        conditions.items_mut().retain(|c| c.get("type") != &"Ready");
        conditions.items_mut().push(condition);
    } else {
        range.set_at(&["status", "conditions"], vec![condition]);
    }
    work.cx.update_status(Kind::ServiceCidrs.def(), range)?;
    Ok(Action::AwaitChange)
}

/// Adds the finalizer, or takes it away; whether there was something to do.
fn set_finalizer(range: &Value, there: bool, work: &mut Work<'_, '_>) -> Result<bool, Error> {
    let mut all: Vec<Value> = range.meta().get("finalizers").items().to_vec();
    if all.iter().any(|f| f == &FINALIZER) == there {
        return Ok(false);
    }
    match there {
        true => all.push(FINALIZER.into()),
        false => all.retain(|f| f != &FINALIZER),
    }
    let mut changed = range.clone();
    changed.set_at(&["metadata", "finalizers"], all);
    work.cx.update(Kind::ServiceCidrs.def(), changed)?;
    Ok(true)
}

impl Reconciler for ServiceCidrController {
    const NAME: &'static str = "service-cidr-controller";
    const SERVICE_ACCOUNT: &'static str = "service-cidrs-controller";
    const WATCHES: &'static [Kind] = &[Kind::ServiceCidrs, Kind::IpAddresses];
    const MAX_RETRIES: u32 = 15;

    fn observe(&mut self, kind: Kind, delta: &Delta, watching: &mut Watching<'_>) {
        let object = delta.object();
        if kind == Kind::ServiceCidrs {
            watching.add(object.name());
            // What one range holds may keep another one, or no longer.
            let meets = |other: &&Value| {
                cidrs(other).any(|(from, to, of)| {
                    cidrs(object)
                        .any(|(first, last, bits)| of == bits && from <= last && first <= to)
                })
            };
            for other in watching.stores[Kind::ServiceCidrs].iter().filter(meets) {
                watching
                    .queue
                    .add(other.name(), watching.now, watching.cause);
            }
        } else if is_managed(object) && !matches!(delta, Delta::Updated(..)) {
            for range in of_address(watching.stores, object) {
                // Only one that is to go depends on them.
                if range.is_terminating() {
                    watching
                        .queue
                        .add(range.name(), watching.now, watching.cause);
                }
            }
        }
    }

    fn reconcile(&mut self, key: &str, work: &mut Work<'_, '_>) -> Outcome {
        let stores = work.stores;
        let Some(range) = stores[Kind::ServiceCidrs].get(key) else {
            return Ok(Action::AwaitChange);
        };
        if !range.is_terminating() {
            if set_finalizer(range, true, work)? {
                // It is heard of again as it is then.
                return Ok(Action::AwaitChange);
            }
            return say(
                range,
                ["True", "", "Kubernetes Service CIDR is ready"],
                work,
            );
        }
        if !can_go(range, stores) {
            return say(range, ["False", "Terminating", IN_USE], work);
        }
        let since = Timestamp::parse(range.meta().get("deletionTimestamp").str());
        let gone = since.unwrap_or_default() + GRACE_PERIOD;
        if gone > work.cx.now {
            return Ok(Action::RequeueAfter(gone.since(work.cx.now)));
        }
        set_finalizer(range, false, work)?;
        Ok(Action::AwaitChange)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_have_bounds() {
        assert_eq!(bounds("10.0.0.9/30"), Some((0x0a00_0008, 0x0a00_000b, 32)));
        assert_eq!(bounds("0.0.0.0/0"), Some((0, u128::from(u32::MAX), 32)));
        assert_eq!(bounds("::/0"), Some((0, u128::MAX, 128)));
        assert_eq!(bounds("10.0.0.0/33"), None);
        assert_eq!(bounds("x"), None);
    }
}
