//! What is known of Ingresses' class, and of the class that the sandbox sees to.

use crate::apimachinery::Value;

/// The controller that the sandbox's class `nginx` names.
pub const CONTROLLER: &str = "k8s.io/ingress-nginx";
/// The one address at which all Ingresses are entered.
pub const ADDRESS: &str = "192.168.80.254";
/// The class of an Ingress, from before there were classes, too.
pub fn class_of(ingress: &Value) -> &str {
    match ingress.at(&["spec", "ingressClassName"]).as_str() {
        Some(class) => class,
        None => ingress
            .annotation("kubernetes.io/ingress.class")
            .unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apimachinery::yaml;

    #[test]
    fn classes_are_named_in_either_way() {
        let class = |text: &str| {
            let (documents, _) = yaml::parse_all(text);
            class_of(&documents[0].value).to_owned()
        };
        assert_eq!(class("spec: {ingressClassName: nginx}"), "nginx");
        assert_eq!(
            class("metadata: {annotations: {kubernetes.io/ingress.class: nginx}}"),
            "nginx"
        );
        assert_eq!(class("spec: {}"), "");
    }
}
