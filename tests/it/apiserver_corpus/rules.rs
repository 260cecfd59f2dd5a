//! Single rules of validation, each as the causes of the answer to one object.

use super::Server;
use kubarium::apimachinery::{Value, yaml};

const POD: &str = "/api/v1/namespaces/c-shared/pods";
const CLAIMS: &str = "/api/v1/namespaces/c-shared/persistentvolumeclaims";
const VOLUMES: &str = "/api/v1/persistentvolumes";
const JOBS: &str = "/apis/batch/v1/namespaces/c-shared/jobs";
const CRON_JOBS: &str = "/apis/batch/v1/namespaces/c-shared/cronjobs";
const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/c-shared/deployments";
const STATEFUL_SETS: &str = "/apis/apps/v1/namespaces/c-shared/statefulsets";
const SECRETS: &str = "/api/v1/namespaces/c-shared/secrets";
const POLICIES: &str = "/apis/networking.k8s.io/v1/namespaces/c-shared/networkpolicies";
const INGRESSES: &str = "/apis/networking.k8s.io/v1/namespaces/c-shared/ingresses";
const FLOWS: &str = "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas";
const LEVELS: &str = "/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations";
const DRIVERS: &str = "/apis/storage.k8s.io/v1/csidrivers";
const NODES: &str = "/apis/storage.k8s.io/v1/csinodes";
const ATTACHMENTS: &str = "/apis/storage.k8s.io/v1/volumeattachments";
const ATTRIBUTES: &str = "/apis/storage.k8s.io/v1/volumeattributesclasses";
const CAPACITIES: &str = "/apis/storage.k8s.io/v1/namespaces/c-shared/csistoragecapacities";
const ADDRESSES: &str = "/apis/networking.k8s.io/v1/ipaddresses";
const RANGES: &str = "/apis/networking.k8s.io/v1/servicecidrs";
const SERVICES: &str = "/apis/apiregistration.k8s.io/v1/apiservices";
const RUNTIMES: &str = "/apis/node.k8s.io/v1/runtimeclasses";
const LEASES: &str = "/apis/coordination.k8s.io/v1/namespaces/c-shared/leases";
const DEVICES: &str = "/apis/resource.k8s.io/v1/namespaces/c-shared/resourceclaims";
const REQUESTS: &str = "/apis/certificates.k8s.io/v1/certificatesigningrequests";

/// Where an object goes, the object without what all of its kind have, and what is wrong with it.
const NEW: &[(&str, &str, &[&str])] = &[
    (
        POD,
        "{spec: {os: {name: ''}}}",
        &["spec.os.name: Required value"],
    ),
    (
        POD,
        "{spec: {os: {name: windows}, hostPID: false, shareProcessNamespace: false}}",
        &["spec.shareProcessNamespace: Forbidden: cannot be set for a windows pod"],
    ),
    (
        POD,
        "{spec: {volumes: [{name: v, projected: {sources: [{downwardAPI: {items: [{path: a, fieldRef: {fieldPath: metadata.name}}, {path: a, fieldRef: {fieldPath: metadata.name}}]}}]}}]}}",
        &["spec.volumes[0].projected: Invalid value: \"a\": conflicting duplicate paths"],
    ),
    // What belongs to features that are off is left out before anything is checked.
    (
        POD,
        "{spec: {volumes: [{name: v, projected: {sources: [{clusterTrustBundle: {name: b, labelSelector: {}, path: p}}]}}]}}",
        &[""],
    ),
    (
        POD,
        "{spec: {volumes: [{name: v, projected: {sources: [{clusterTrustBundle: {signerName: plain, labelSelector: {}, path: p}}]}}]}}",
        &[""],
    ),
    (
        POD,
        "{spec: {volumes: [{name: v, gcePersistentDisk: {pdName: ''}}]}}",
        &["spec.volumes[0].persistentDisk.pdName: Required value"],
    ),
    (
        POD,
        "{spec: {volumes: [{name: v, iscsi: {targetPortal: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:3260', iqn: 'iqn.2000-01.io:a', lun: 0, initiatorName: 'iqn.2000-01.io:b'}}]}}",
        &[
            "spec.volumes[0].name: Invalid value: \"v\": Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.",
        ],
    ),
    (
        POD,
        "{spec: {volumes: [{name: v, ephemeral: {volumeClaimTemplate: {metadata: {name: x}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}}}]}}",
        &["spec.volumes[0].ephemeral.volumeClaimTemplate.metadata.name: Forbidden: cannot be set"],
    ),
    (
        DEPLOYMENTS,
        "{spec: {strategy: {type: Blue}}}",
        &[
            "spec.strategy: Unsupported value: {\"Type\":\"Blue\",\"RollingUpdate\":null}: supported values: \"Recreate\", \"RollingUpdate\"",
        ],
    ),
    (
        STATEFUL_SETS,
        "{metadata: {name: a.b}}",
        &["metadata.name: Invalid value: \"a.b\": must not contain dots"],
    ),
    (
        JOBS,
        "{spec: {podFailurePolicy: {rules: [{action: Count, onExitCodes: {values: [1]}}]}}}",
        &[
            "spec.podFailurePolicy.rules[0].onExitCodes.operator: Required value: valid values: [\"In\" \"NotIn\"]",
        ],
    ),
    (
        JOBS,
        "{spec: {podFailurePolicy: {rules: [{action: '', onExitCodes: {operator: In, values: [1]}}]}}}",
        &[
            "spec.podFailurePolicy.rules[0].action: Required value: valid values: [\"Count\" \"FailIndex\" \"FailJob\" \"Ignore\"]",
        ],
    ),
    (
        CRON_JOBS,
        "{spec: {schedule: 'TZ=UTC * * * * *', timeZone: UTC}}",
        &[
            "spec.schedule: Invalid value: \"TZ=UTC * * * * *\": cannot use TZ or CRON_TZ in schedule, use timeZone field instead",
        ],
    ),
    (
        SECRETS,
        "{type: kubernetes.io/dockerconfigjson, stringData: {.dockerconfigjson: '{auths'}}",
        &[
            "data[.dockerconfigjson]: Invalid value: \"<secret contents redacted>\": invalid character 'a' looking for beginning of object key string",
        ],
    ),
    (
        POLICIES,
        "{spec: {podSelector: {}, ingress: [{ports: [{port: 80, endPort: 70}]}]}}",
        &[
            "spec.ingress[0].ports[0].endPort: Invalid value: 80: must be greater than or equal to `port`",
        ],
    ),
    (
        INGRESSES,
        "{spec: {defaultBackend: {resource: {apiGroup: a.io, kind: '', name: ''}}}}",
        &[
            "spec.defaultBackend.resource.kind: Required value: kind is required",
            "spec.defaultBackend.resource.name: Required value: name is required",
        ],
    ),
    (
        VOLUMES,
        "{spec: {azureFile: {secretName: s, shareName: share, secretNamespace: ''}}}",
        &["spec.azureFile.secretNamespace: Required value"],
    ),
    (
        VOLUMES,
        "{spec: {cinder: {volumeID: v, secretRef: {name: s}}}}",
        &["spec.cinder.secretRef.namespace: Required value"],
    ),
    (
        VOLUMES,
        "{spec: {glusterfs: {endpoints: e, path: p, endpointsNamespace: ''}}}",
        &[
            "spec.glusterfs.endpointsNamespace: Invalid value: \"\": if the endpointnamespace is set, it must be a valid namespace name",
        ],
    ),
    (
        VOLUMES,
        "{spec: {iscsi: {targetPortal: p, iqn: x, lun: 0, secretRef: {}}}}",
        &[
            "spec.iscsi.iqn: Invalid value: \"x\": must be valid format",
            "spec.iscsi.secretRef.name: Required value",
        ],
    ),
    (
        VOLUMES,
        "{metadata: {annotations: {volume.beta.kubernetes.io/mount-options: ro}}, spec: {hostPath: {path: /a}}}",
        &[
            "metadata.annotations.volume.beta.kubernetes.io/mount-options: Forbidden: may not specify mount options for this volume type",
        ],
    ),
    (
        FLOWS,
        "{spec: {matchingPrecedence: 1, distinguisherMethod: {type: ByMood}, priorityLevelConfiguration: {name: ''}, rules: [{subjects: [{kind: User}, {kind: Robot}]}]}}",
        &[
            "spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1",
            "spec.distinguisherMethod.type: Unsupported value: {\"Type\":\"ByMood\"}: supported values: \"ByNamespace\", \"ByUser\"",
            "spec.priorityLevelConfiguration.name: Required value: must reference a priority level",
            "spec.rules[0].subjects[0].user: Required value: user is required when subject kind is 'User'",
            "spec.rules[0].subjects[1].kind: Unsupported value: \"Robot\": supported values: \"Group\", \"ServiceAccount\", \"User\"",
            "spec.rules[0]: Required value: at least one of resourceRules and nonResourceRules has to be non-empty",
        ],
    ),
    (
        FLOWS,
        "{spec: {priorityLevelConfiguration: {name: l}, rules: [{subjects: [{kind: Group, group: {name: g}, user: {name: u}}], resourceRules: [{verbs: [fly], apiGroups: ['*', a], resources: []}], nonResourceRules: [{verbs: ['*'], nonResourceURLs: [x, '/a*']}]}]}}",
        &[
            "spec.rules[0].subjects[0].user: Forbidden: user is forbidden when subject kind is not 'User'",
            "spec.rules[0].resourceRules[0].verbs: Unsupported value: [\"fly\"]: supported values: \"create\", \"delete\", \"deletecollection\", \"get\", \"list\", \"patch\", \"proxy\", \"update\", \"watch\"",
            "spec.rules[0].resourceRules[0].apiGroups: Invalid value: [\"*\",\"a\"]: if '*' is present, must not specify other api groups",
            "spec.rules[0].resourceRules[0].resources: Required value: resource rules must supply at least one resource",
            "spec.rules[0].resourceRules[0].namespaces: Required value: resource rules that are not cluster scoped must supply at least one namespace",
            "spec.rules[0].nonResourceRules[0].nonResourceURLs[0]: Invalid value: \"x\": must start with slash",
            "spec.rules[0].nonResourceRules[0].nonResourceURLs[1]: Invalid value: \"/a*\": wildcard can only do suffix matching",
        ],
    ),
    (
        LEVELS,
        "{spec: {type: Exempt}}",
        &[
            "spec.type: Invalid value: \"Exempt\": type must be 'Exempt' if and only if name is 'exempt'",
        ],
    ),
    (
        LEVELS,
        "{spec: {type: Limited}}",
        &["spec.limited: Required value: must not be empty when type is Limited"],
    ),
    (
        LEVELS,
        "{spec: {type: Limited, limited: {nominalConcurrencyShares: -1, lendablePercent: 101, borrowingLimitPercent: -1, limitResponse: {type: Queue, queuing: {queues: 512, handSize: 8, queueLengthLimit: 1}}}}}",
        &[
            "spec.limited.nominalConcurrencyShares: Invalid value: -1: must be a non-negative integer",
            "spec.limited.limitResponse.queuing.handSize: Invalid value: 8: required entropy bits of deckSize 512 and handSize 8 should not be greater than 60",
            "spec.limited.lendablePercent: Invalid value: 101: must be between 0 and 100, inclusive",
            "spec.limited.borrowingLimitPercent: Invalid value: -1: if specified, must be a non-negative integer",
        ],
    ),
    (
        DRIVERS,
        "{spec: {tokenRequests: [{audience: a, expirationSeconds: 1}, {audience: a}], volumeLifecycleModes: [Forever], nodeAllocatableUpdatePeriodSeconds: 1}}",
        &[
            "spec.tokenRequests[0].expirationSeconds: Invalid value: 1: may not specify a duration less than 10 minutes",
            "spec.tokenRequests[1].audience: Duplicate value: \"a\"",
            "spec.volumeLifecycleModes: Unsupported value: \"Forever\": supported values: \"Persistent\", \"Ephemeral\"",
            "spec.nodeAllocatableUpdatePeriodSeconds: Invalid value: 1: must be greater than or equal to 10 seconds",
        ],
    ),
    (
        NODES,
        "{spec: {drivers: [{name: a.io, nodeID: node, allocatable: {count: -1}, topologyKeys: []}, {name: a.io, nodeID: '', topologyKeys: []}]}}",
        &[
            "spec.drivers[0].allocatable.count: Invalid value: -1: must be greater than or equal to 0",
            "spec.drivers[1].nodeID: Required value",
            "spec.drivers[1].name: Duplicate value: \"a.io\"",
        ],
    ),
    (
        ATTACHMENTS,
        "{spec: {attacher: a.io, nodeName: node, source: {}}}",
        &[
            "spec.source: Required value: must specify exactly one of inlineVolumeSpec and persistentVolumeName",
        ],
    ),
    (
        ATTRIBUTES,
        "{driverName: a.io}",
        &["parameters: Required value: must contain at least one key/value pair"],
    ),
    (
        CAPACITIES,
        "{storageClassName: c, capacity: -1Gi}",
        &["capacity: Invalid value: \"-1Gi\": must be greater than or equal to 0"],
    ),
    (
        ADDRESSES,
        "{metadata: {name: 10.0.0.300}, spec: {parentRef: {resource: '', name: ''}}}",
        &[
            "metadata.name: Invalid value: \"10.0.0.300\": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",
            "spec.parentRef.resource: Required value",
            "spec.parentRef.name: Required value",
        ],
    ),
    (
        RANGES,
        "{spec: {cidrs: []}}",
        &["spec.cidrs: Required value: at least one CIDR required"],
    ),
    (
        RANGES,
        "{spec: {cidrs: [10.0.0.0/24, 10.1.0.0/24]}}",
        &[
            "spec.cidrs: Invalid value: [\"10.0.0.0/24\",\"10.1.0.0/24\"]: may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64",
        ],
    ),
    (
        SERVICES,
        "{metadata: {name: v1.b.io}, spec: {group: a.io, version: v1, groupPriorityMinimum: 0, versionPriority: 1001}}",
        &[
            "metadata.name: Invalid value: \"v1.b.io\": must be `spec.version+\".\"+spec.group`: \"v1.a.io\"",
            "spec.groupPriorityMinimum: Invalid value: 0: must be positive and less than 20000",
            "spec.versionPriority: Invalid value: 1001: must be positive and less than 1000",
        ],
    ),
    (
        RUNTIMES,
        "{handler: h, overhead: {podFixed: {gpu: 1}}, scheduling: {tolerations: [{key: a, operator: Exists}, {key: a, operator: Exists}]}}",
        &[
            "overhead.limits[gpu]: Invalid value: \"gpu\": must be a standard resource type or fully qualified",
            "overhead.limits[gpu]: Invalid value: \"gpu\": must be a standard resource for containers",
            "scheduling.tolerations[1]: Duplicate value: {\"Key\":\"a\",\"Operator\":\"Exists\",\"Value\":\"\",\"Effect\":\"\",\"TolerationSeconds\":null}",
        ],
    ),
    (LEASES, "{spec: {strategy: Best}}", &[""]),
    (
        DEVICES,
        "{spec: {devices: {requests: [{name: r, exactly: {deviceClassName: c, allocationMode: All, count: 2}}, {name: r}], constraints: [{requests: [x], matchAttribute: plain}], config: [{opaque: {driver: d.io, parameters: {a: 1}}, requests: [r/s/t]}]}}}",
        &[
            "spec.devices.requests[0].exactly.count: Invalid value: 2: must not be specified when allocationMode is 'All'",
            "spec.devices.requests[1]: Required value: exactly one of `exactly` or `firstAvailable` is required",
            "spec.devices.requests[1]: Duplicate value: \"r\"",
            "spec.devices.constraints[0].requests[0]: Invalid value: \"x\": must be the name of a request in the claim or the name of a request and a subrequest separated by '/'",
            "spec.devices.constraints[0].matchAttribute: Invalid value: \"plain\": a fully qualified name must be a domain and a name separated by a slash",
            "spec.devices.config[0].requests[0]: Invalid value: \"r/s/t\": must be the name of a request in the claim or the name of a request and a subrequest separated by '/'",
        ],
    ),
    (
        REQUESTS,
        "{spec: {request: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg==, usages: [], signerName: ''}}",
        &[
            "spec.usages: Required value",
            "spec.signerName: Required value",
        ],
    ),
];

/// An object, what takes its place in part, through which subresource, and what is wrong with that.
const CHANGED: &[(&str, &str, &str, &str, &[&str])] = &[
    (
        CLAIMS,
        "{spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}",
        "",
        "{metadata: {annotations: {volume.beta.kubernetes.io/storage-class: b}}}",
        &[
            "metadata.annotations.volume.beta.kubernetes.io/storage-class: Invalid value: \"b\": field is immutable",
        ],
    ),
    (
        POD,
        "{spec: {containers: [{name: c, image: i, resources: {requests: {cpu: 1, memory: 1Gi}}}]}}",
        "/resize",
        "{spec: {containers: [{name: c, image: i, resources: {requests: {cpu: 2}}}]}}",
        &["spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed"],
    ),
    (
        POD,
        "{spec: {initContainers: [{name: i, image: i, resources: {requests: {cpu: 1}}}]}}",
        "/resize",
        "{spec: {initContainers: [{name: i, image: i, resources: {requests: {cpu: 1, ephemeral-storage: 1Gi}}}]}}",
        &[
            "spec.initContainers[0]: Forbidden: only cpu and memory resources for init or sidecar containers are mutable",
        ],
    ),
    (
        POD,
        "{spec: {containers: [{name: c, image: i, resources: {requests: {cpu: 1}}}], resources: {requests: {cpu: 2}}}}",
        "/resize",
        "{spec: {resources: {requests: {cpu: 3, hugepages-2Mi: 2Mi}, limits: {hugepages-2Mi: 2Mi}}}}",
        &["spec: Forbidden: only cpu and memory resources are mutable at pod-level"],
    ),
    (
        POD,
        "{spec: {containers: [{name: c, image: i}, {name: d, image: i}]}}",
        "/resize",
        "{spec: {containers: [{name: c, image: i}, {name: e, image: i}]}}",
        &[
            "spec.containers[1].name: Forbidden: containers may not be renamed or reordered on resize",
        ],
    ),
    (
        DRIVERS,
        "{spec: {attachRequired: true}}",
        "",
        "{spec: {attachRequired: false}}",
        &["spec.attachedRequired: Invalid value: false: field is immutable"],
    ),
    (
        ATTRIBUTES,
        "{driverName: a.io, parameters: {a: b}}",
        "",
        "{parameters: {a: c}}",
        &["parameters: Forbidden: updates to parameters are forbidden."],
    ),
    (
        RANGES,
        "{spec: {cidrs: [10.0.0.0/24]}}",
        "",
        "{spec: {cidrs: [10.1.0.0/24]}}",
        &["spec.cidrs[0]: Invalid value: \"10.1.0.0/24\": field is immutable"],
    ),
    (
        ADDRESSES,
        "{metadata: {name: 10.0.0.3}, spec: {parentRef: {resource: services, name: a}}}",
        "",
        "{spec: {parentRef: {resource: services, name: b}}}",
        &[
            "spec.parentRef: Invalid value: {\"Group\":\"\",\"Resource\":\"services\",\"Namespace\":\"\",\"Name\":\"b\"}: field is immutable",
        ],
    ),
];

fn merge(into: &mut Value, from: &Value) {
    for (key, value) in from.fields() {
        match value {
            Value::Map(_) if matches!(into.get(key), Value::Map(_)) => {
                merge(into.entry(key), value);
            }
            value => into.set(key, value),
        }
    }
}

/// What all objects that go there need, with `part` laid over it.
fn object(path: &str, part: &str) -> Value {
    let template = "{template: {metadata: {labels: {a: b}}, spec: {restartPolicy: POLICY, containers: [{name: c, image: i}]}}}";
    let with = |policy: &str, more: &str| {
        let mut spec = parse(&template.replace("POLICY", policy));
        merge(&mut spec, &parse(more));
        let mut out = Value::object();
        out.set("spec", spec);
        out
    };
    let selector = "{selector: {matchLabels: {a: b}}}";
    let mut out = match path {
        POD => parse("{spec: {containers: [{name: c, image: i}]}}"),
        DEPLOYMENTS => with("Always", selector),
        STATEFUL_SETS => with(
            "Always",
            "{serviceName: s, selector: {matchLabels: {a: b}}}",
        ),
        JOBS => with("Never", "{}"),
        CRON_JOBS => {
            let mut out = parse("{spec: {schedule: '* * * * *', jobTemplate: {}}}");
            let job = with("Never", "{}");
            out.set_at(&["spec", "jobTemplate"], job);
            out
        }
        VOLUMES => parse("{spec: {accessModes: [ReadWriteOnce], capacity: {storage: 1Gi}}}"),
        _ => Value::object(),
    };
    out.set_at(&["metadata", "name"], "x");
    merge(&mut out, &parse(part));
    out
}

fn parse(text: &str) -> Value {
    yaml::parse(text).expect("the table holds YAML")
}

fn causes(answer: &Value) -> Vec<String> {
    let all = answer.at(&["details", "causes"]).items();
    if all.is_empty() {
        return vec![answer.get("message").str().to_owned()];
    }
    let line = |c: &Value| format!("{}: {}", c.get("field").str(), c.get("message").str());
    all.iter().map(line).collect()
}

#[test]
fn single_rules_are_worded_as_upstream_words_them() {
    let mut wrong = Vec::new();
    for (path, part, wanted) in NEW {
        let (_, answer) = Server::new().call("POST", path, &object(path, part));
        let mut found = causes(&answer);
        found.dedup();
        if found != *wanted {
            wrong.push(format!(
                "{path} {part}\n  want {wanted:#?}\n  got  {found:#?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn single_rules_of_updates_are_worded_as_upstream_words_them() {
    let mut wrong = Vec::new();
    for (path, first, sub, part, wanted) in CHANGED {
        let mut server = Server::new();
        let (code, mut made) = server.call("POST", path, &object(path, first));
        assert_eq!(code, 201, "{path} {first}: {}", made.to_json());
        let at = format!("{path}/{}{sub}", made.name());
        merge(&mut made, &parse(part));
        let (_, answer) = server.call("PUT", &at, &made);
        let mut found = causes(&answer);
        found.dedup();
        if found != *wanted {
            wrong.push(format!(
                "{at} {part}\n  want {wanted:#?}\n  got  {found:#?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
