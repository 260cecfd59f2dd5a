//! What mutating webhooks make of objects.

use super::*;

#[test]
fn requests_that_wait_draw_what_no_other_draws() {
    fn says(_: &WebhookCall, _: usize) -> Value {
        // [{"op":"add","path":"/data","value":{"first":"1"}}]
        let patch = "W3sib3AiOiJhZGQiLCJwYXRoIjoiL2RhdGEiLCJ2YWx1ZSI6eyJmaXJzdCI6IjEifX1d";
        tree!({"allowed": true, "patch": patch, "patchType": "JSONPatch"})
    }
    let mut s = Server::new(says);
    s.hook(
        MUTATING,
        "a",
        tree!({"rules": rule("", "configmaps", "CREATE", "*")}),
    );
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..10 {
        let generated = tree!({"metadata": {"generateName": "m-"}});
        let made = s.ok("POST", MAPS, generated);
        assert!(seen.insert(made.uid().to_owned()) && seen.insert(made.name().to_owned()));
        // One about which nobody is asked, in between.
        let account = tree!({"metadata": {"generateName": "m-"}});
        let made = s.ok(
            "POST",
            "/api/v1/namespaces/default/serviceaccounts",
            account,
        );
        assert!(seen.insert(made.uid().to_owned()) && seen.insert(made.name().to_owned()));
    }
}

#[test]
fn a_patch_keeps_objects_where_they_are_and_may_say_more_than_is_known() {
    fn says(call: &WebhookCall, _: usize) -> Value {
        let patch = match call.review.get("request").get("name").str() {
            // [{"op":"replace","path":"/metadata/namespace","value":"kube-system"}]
            "moved" => {
                "W3sib3AiOiJyZXBsYWNlIiwicGF0aCI6Ii9tZXRhZGF0YS9uYW1lc3BhY2UiLCJ2YWx1ZSI6Imt1YmUtc3lzdGVtIn1d"
            }
            // [{"op":"add","path":"/later","value":"x"}]
            _ => "W3sib3AiOiJhZGQiLCJwYXRoIjoiL2xhdGVyIiwidmFsdWUiOiJ4In1d",
        };
        tree!({"allowed": true, "patch": patch, "patchType": "JSONPatch"})
    }
    let mut s = Server::new(says);
    s.hook(
        MUTATING,
        "a",
        tree!({"rules": rule("", "configmaps", "CREATE", "*")}),
    );
    let strict = format!("{MAPS}?fieldValidation=Strict");
    assert_eq!(
        s.message("POST", &strict, map("moved")),
        "the namespace of the provided object does not match the namespace sent on the request"
    );
    let stored = s.ok("POST", &strict, map("more"));
    assert!(stored.get("later").is_null());
}

#[test]
fn what_a_patch_makes_is_validated_again() {
    fn says(call: &WebhookCall, _: usize) -> Value {
        let patch = match call.review.get("request").get("name").str() {
            // [{"op":"replace","path":"/spec/containers/0/name","value":"NOT A NAME"}]
            "bad" => {
                "W3sib3AiOiJyZXBsYWNlIiwicGF0aCI6Ii9zcGVjL2NvbnRhaW5lcnMvMC9uYW1lIiwidmFsdWUiOiJOT1QgQSBOQU1FIn1d"
            }
            // [{"op":"remove","path":"/spec/nothing"}]
            "gone" => "W3sib3AiOiJyZW1vdmUiLCJwYXRoIjoiL3NwZWMvbm90aGluZyJ9XQ==",
            // [{"op":"replace","path":"/spec/containers","value":"x"}]
            "form" => {
                "W3sib3AiOiJyZXBsYWNlIiwicGF0aCI6Ii9zcGVjL2NvbnRhaW5lcnMiLCJ2YWx1ZSI6IngifV0="
            }
            // {}
            _ => "e30=",
        };
        tree!({"allowed": true, "patch": patch, "patchType": "JSONPatch"})
    }
    let mut s = Server::new(says);
    s.hook(
        MUTATING,
        "a",
        tree!({"rules": rule("", "pods", "CREATE", "*")}),
    );
    let text = s.message("POST", PODS, pod("bad"));
    assert!(
        text.starts_with(
            "Pod \"bad\" is invalid: spec.containers[0].name: Invalid value: \"NOT A NAME\""
        ),
        "{text}"
    );
    let text = s.message("POST", PODS, pod("gone"));
    assert!(
        text.starts_with("Internal error occurred: remove operation does not apply: "),
        "{text}"
    );
    let text = s.message("POST", PODS, pod("form"));
    assert!(text.starts_with("Internal error occurred: "), "{text}");
    let text = s.message("POST", PODS, pod("no-list"));
    assert_eq!(
        text,
        "Internal error occurred: failed calling webhook \"a.example.test\": received undecodable patch in webhook response: json: cannot unmarshal object into Go value of type jsonpatch.Patch"
    );
    assert_eq!(
        s.api
            .audit()
            .events()
            .filter(|e| e.object.resource == "pods")
            .count(),
        0
    );
}
