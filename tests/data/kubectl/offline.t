# Command lines that need no object of the server, with what kubectl answers:
# > standard output, ! standard error, [exit N] where it is not 0.
$ kubectl get pods --nosuchflag
! error: unknown flag: --nosuchflag
! See 'kubectl get --help' for usage.
[exit 1]
$ kubectl get -o
! error: flag needs an argument: 'o' in -o
! See 'kubectl get --help' for usage.
[exit 1]
$ kubectl get pods -w=maybe
! error: invalid argument "maybe" for "-w, --watch" flag: strconv.ParseBool: parsing "maybe": invalid syntax
! See 'kubectl get --help' for usage.
[exit 1]
$ kubectl get pods --chunk-size=x
! error: invalid argument "x" for "--chunk-size" flag: strconv.ParseInt: parsing "x": invalid syntax
! See 'kubectl get --help' for usage.
[exit 1]
$ kubectl create foo
! error: Unexpected args: [foo]
! See 'kubectl create -h' for help and examples
[exit 1]
$ kubectl create secret bogus x
! error: unknown command "bogus x"
! See 'kubectl create secret -h' for help and examples
[exit 1]
$ kubectl create deployment
! error: required flag(s) "image" not set
[exit 1]
$ kubectl create deployment a
! error: required flag(s) "image" not set
[exit 1]
$ kubectl create deployment --image=nginx
! error: exactly one NAME is required, got 0
! See 'kubectl create deployment -h' for help and examples
[exit 1]
$ kubectl create deployment a --image=x --dry-run=client
> deployment.apps/a created (dry run)
$ kubectl create deployment a --image=x --dry-run=client -o json
> {
>     "kind": "Deployment",
>     "apiVersion": "apps/v1",
>     "metadata": {
>         "name": "a",
>         "labels": {
>             "app": "a"
>         }
>     },
>     "spec": {
>         "replicas": 1,
>         "selector": {
>             "matchLabels": {
>                 "app": "a"
>             }
>         },
>         "template": {
>             "metadata": {
>                 "labels": {
>                     "app": "a"
>                 }
>             },
>             "spec": {
>                 "containers": [
>                     {
>                         "name": "x",
>                         "image": "x",
>                         "resources": {}
>                     }
>                 ]
>             }
>         },
>         "strategy": {}
>     },
>     "status": {}
> }
$ kubectl create deployment a --image=x --dry-run=client -o yaml --port=80 -r 3
> apiVersion: apps/v1
> kind: Deployment
> metadata:
>   labels:
>     app: a
>   name: a
> spec:
>   replicas: 3
>   selector:
>     matchLabels:
>       app: a
>   strategy: {}
>   template:
>     metadata:
>       labels:
>         app: a
>     spec:
>       containers:
>       - image: x
>         name: x
>         ports:
>         - containerPort: 80
>         resources: {}
> status: {}
$ kubectl create deployment a --image=x --dry-run=client -o yaml -- sh -c 'x y'
> apiVersion: apps/v1
> kind: Deployment
> metadata:
>   labels:
>     app: a
>   name: a
> spec:
>   replicas: 1
>   selector:
>     matchLabels:
>       app: a
>   strategy: {}
>   template:
>     metadata:
>       labels:
>         app: a
>     spec:
>       containers:
>       - command:
>         - sh
>         - -c
>         - x y
>         image: x
>         name: x
>         resources: {}
> status: {}
$ kubectl create deployment a --image=x --dry-run=client -o name
> deployment.apps/a
$ kubectl create deployment a --image=x:1@sha256:abc --dry-run=client -o jsonpath={.spec.template.spec.containers[0].name}
> x
$ kubectl create deployment a --image=x --dry-run=client -o go-template='{{.kind}}'
> Deployment
$ kubectl create deployment a --image=x --dry-run=maybe
! error: Invalid dry-run value (maybe). Must be "none", "server", or "client".
[exit 1]
$ kubectl create deployment a --image=x --dry-run=client --validate=foo
! error: invalid - validate option "foo"; must be one of: strict (or true), warn, ignore (or false)
[exit 1]
$ kubectl create deployment a --image=x --image=y --dry-run=client -o yaml -- x
! error: cannot specify multiple --image options and command
[exit 1]
$ kubectl create job j --image=x --dry-run=client -o yaml -- a b
> apiVersion: batch/v1
> kind: Job
> metadata:
>   name: j
> spec:
>   template:
>     metadata: {}
>     spec:
>       containers:
>       - command:
>         - a
>         - b
>         image: x
>         name: j
>         resources: {}
>       restartPolicy: Never
> status: {}
$ kubectl create job j --image=x --dry-run=client -o json -- a b
> {
>     "kind": "Job",
>     "apiVersion": "batch/v1",
>     "metadata": {
>         "name": "j"
>     },
>     "spec": {
>         "template": {
>             "metadata": {},
>             "spec": {
>                 "containers": [
>                     {
>                         "name": "j",
>                         "image": "x",
>                         "command": [
>                             "a",
>                             "b"
>                         ],
>                         "resources": {}
>                     }
>                 ],
>                 "restartPolicy": "Never"
>             }
>         }
>     },
>     "status": {}
> }
$ kubectl create job j
! error: either --image or --from must be specified
[exit 1]
$ kubectl create job j --image=x --from=cronjob/y
! error: either --image or --from must be specified
[exit 1]
$ kubectl create cronjob c --image=x
! error: required flag(s) "schedule" not set
[exit 1]
$ kubectl create cm a --from-literal=a=b --dry-run=client -o json
> {
>     "kind": "ConfigMap",
>     "apiVersion": "v1",
>     "metadata": {
>         "name": "a"
>     },
>     "data": {
>         "a": "b"
>     }
> }
$ kubectl create cm a --from-literal=a='"q"' --from-literal="b='x'" --dry-run=client -o yaml
> apiVersion: v1
> data:
>   a: '"q"'
>   b: '''x'''
> kind: ConfigMap
> metadata:
>   name: a
$ kubectl create cm a --from-literal=a=b --append-hash --dry-run=client -o name
> configmap/a-75d544dcc8
$ kubectl create secret generic a --from-literal=a=b --append-hash --dry-run=client -o name
> secret/a-648mt2ck52
$ kubectl create secret generic a --from-literal=a=b --type=x --append-hash --dry-run=client -o name
> secret/a-ch7mhbkd4d
$ kubectl create cm a --append-hash --dry-run=client -o name
> configmap/a-586ff7h6km
$ kubectl create secret generic a --append-hash --dry-run=client -o name
> secret/a-tb87bhff4c
$ kubectl create secret generic s --from-literal=a=1 --from-literal=a=2 --dry-run=client
! error: cannot add key a, another key by that name already exists
[exit 1]
$ kubectl create secret generic s --from-literal='a b=1' --dry-run=client
! error: "a b" is not valid key name for a Secret a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')
[exit 1]
$ kubectl create secret generic s --from-literal=a=b --type=foo --dry-run=client -o json
> {
>     "kind": "Secret",
>     "apiVersion": "v1",
>     "metadata": {
>         "name": "s"
>     },
>     "data": {
>         "a": "Yg=="
>     },
>     "type": "foo"
> }
$ kubectl create secret docker-registry s --docker-username=u --docker-password=p --docker-email=e --docker-server=s.io --dry-run=client -o json
> {
>     "kind": "Secret",
>     "apiVersion": "v1",
>     "metadata": {
>         "name": "s"
>     },
>     "data": {
>         ".dockerconfigjson": "eyJhdXRocyI6eyJzLmlvIjp7InVzZXJuYW1lIjoidSIsInBhc3N3b3JkIjoicCIsImVtYWlsIjoiZSIsImF1dGgiOiJkVHB3In19fQ=="
>     },
>     "type": "kubernetes.io/dockerconfigjson"
> }
$ kubectl create secret docker-registry s --dry-run=client
! error: either --from-file or the combination of --docker-username, --docker-password and --docker-server is required
[exit 1]
$ kubectl create secret tls s --dry-run=client
! error: key and cert must be specified
[exit 1]
$ kubectl create secret tls s --cert=nope --key=nope --dry-run=client
! error: Cannot read file nope, open nope: no such file or directory
[exit 1]
$ kubectl create service clusterip s --tcp=80:8080 --tcp=90:http --dry-run=client -o yaml
> apiVersion: v1
> kind: Service
> metadata:
>   labels:
>     app: s
>   name: s
> spec:
>   ports:
>   - name: 80-8080
>     port: 80
>     protocol: TCP
>     targetPort: 8080
>   - name: 90-http
>     port: 90
>     protocol: TCP
>     targetPort: http
>   selector:
>     app: s
>   type: ClusterIP
> status:
>   loadBalancer: {}
$ kubectl create service clusterip s --tcp=80:8080 --dry-run=client -o json
> {
>     "kind": "Service",
>     "apiVersion": "v1",
>     "metadata": {
>         "name": "s",
>         "labels": {
>             "app": "s"
>         }
>     },
>     "spec": {
>         "ports": [
>             {
>                 "name": "80-8080",
>                 "protocol": "TCP",
>                 "port": 80,
>                 "targetPort": 8080
>             }
>         ],
>         "selector": {
>             "app": "s"
>         },
>         "type": "ClusterIP"
>     },
>     "status": {
>         "loadBalancer": {}
>     }
> }
$ kubectl create service clusterip s
! error: at least one tcp port specifier must be provided
[exit 1]
$ kubectl create service clusterip s --clusterip=None --dry-run=client -o yaml
> apiVersion: v1
> kind: Service
> metadata:
>   labels:
>     app: s
>   name: s
> spec:
>   clusterIP: None
>   selector:
>     app: s
>   type: ClusterIP
> status:
>   loadBalancer: {}
$ kubectl create service clusterip s --clusterip=1.2.3.4 --tcp=80 --dry-run=client -o yaml
> apiVersion: v1
> kind: Service
> metadata:
>   labels:
>     app: s
>   name: s
> spec:
>   clusterIP: 1.2.3.4
>   ports:
>   - name: "80"
>     port: 80
>     protocol: TCP
>     targetPort: 80
>   selector:
>     app: s
>   type: ClusterIP
> status:
>   loadBalancer: {}
$ kubectl create service nodeport s --tcp=80 --node-port=30000 --dry-run=client -o json
> {
>     "kind": "Service",
>     "apiVersion": "v1",
>     "metadata": {
>         "name": "s",
>         "labels": {
>             "app": "s"
>         }
>     },
>     "spec": {
>         "ports": [
>             {
>                 "name": "80",
>                 "protocol": "TCP",
>                 "port": 80,
>                 "targetPort": 80,
>                 "nodePort": 30000
>             }
>         ],
>         "selector": {
>             "app": "s"
>         },
>         "type": "NodePort"
>     },
>     "status": {
>         "loadBalancer": {}
>     }
> }
$ kubectl create service loadbalancer s --tcp=80 --dry-run=client -o yaml
> apiVersion: v1
> kind: Service
> metadata:
>   labels:
>     app: s
>   name: s
> spec:
>   ports:
>   - name: "80"
>     port: 80
>     protocol: TCP
>     targetPort: 80
>   selector:
>     app: s
>   type: LoadBalancer
> status:
>   loadBalancer: {}
$ kubectl create service externalname s --external-name=a.b --dry-run=client -o json
> {
>     "kind": "Service",
>     "apiVersion": "v1",
>     "metadata": {
>         "name": "s",
>         "labels": {
>             "app": "s"
>         }
>     },
>     "spec": {
>         "selector": {
>             "app": "s"
>         },
>         "type": "ExternalName",
>         "externalName": "a.b"
>     },
>     "status": {
>         "loadBalancer": {}
>     }
> }
$ kubectl create service externalname s
! error: required flag(s) "external-name" not set
[exit 1]
$ kubectl create service externalname s --external-name='a b'
! error: invalid service external name a b
[exit 1]
$ kubectl create service clusterip s --tcp=99999
! error: strconv.ParseUint: parsing "99999": value out of range
[exit 1]
$ kubectl create service clusterip s --tcp=a
! error: strconv.ParseUint: parsing "a": invalid syntax
[exit 1]
$ kubectl create service clusterip s --tcp=80:
! error: must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-),must contain at least one letter (a-z)
[exit 1]
$ kubectl create service clusterip s --tcp=:80
! error: strconv.ParseUint: parsing "": invalid syntax
[exit 1]
$ kubectl create ns x --dry-run=client -o json
> {
>     "kind": "Namespace",
>     "apiVersion": "v1",
>     "metadata": {
>         "name": "x"
>     },
>     "spec": {},
>     "status": {}
> }
$ kubectl create ns
! error: exactly one NAME is required, got 0
! See 'kubectl create namespace -h' for help and examples
[exit 1]
$ kubectl create ns x y
! error: exactly one NAME is required, got 2
! See 'kubectl create namespace -h' for help and examples
[exit 1]
$ kubectl create sa x --dry-run=client -o json
> {
>     "kind": "ServiceAccount",
>     "apiVersion": "v1",
>     "metadata": {
>         "name": "x"
>     }
> }
$ kubectl create quota q --hard=cpu=1,pods=2 --scopes=BestEffort,NotTerminating --dry-run=client -o json
> {
>     "kind": "ResourceQuota",
>     "apiVersion": "v1",
>     "metadata": {
>         "name": "q"
>     },
>     "spec": {
>         "hard": {
>             "cpu": "1",
>             "pods": "2"
>         },
>         "scopes": [
>             "BestEffort",
>             "NotTerminating"
>         ]
>     },
>     "status": {}
> }
$ kubectl create quota q --hard=cpu
! error: Invalid argument syntax cpu, expected <resource>=<value>
[exit 1]
$ kubectl create quota q --hard=cpu=x --dry-run=client
! error: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'
[exit 1]
$ kubectl create quota q --dry-run=client -o yaml
> apiVersion: v1
> kind: ResourceQuota
> metadata:
>   name: q
> spec: {}
> status: {}
$ kubectl create pdb p --selector=a=b --min-available=50% --dry-run=client -o json
> {
>     "kind": "PodDisruptionBudget",
>     "apiVersion": "policy/v1",
>     "metadata": {
>         "name": "p"
>     },
>     "spec": {
>         "minAvailable": "50%",
>         "selector": {
>             "matchLabels": {
>                 "a": "b"
>             }
>         }
>     },
>     "status": {
>         "disruptionsAllowed": 0,
>         "currentHealthy": 0,
>         "desiredHealthy": 0,
>         "expectedPods": 0
>     }
> }
$ kubectl create pdb p --selector=a=b
! error: one of min-available or max-unavailable must be specified
[exit 1]
$ kubectl create pdb p --min-available=1
! error: a selector must be specified
[exit 1]
$ kubectl create pdb p --selector=a=b --min-available=1 --max-unavailable=2
! error: min-available and max-unavailable cannot be both specified
[exit 1]
$ kubectl create pdb p --selector='a notin (b),c' --max-unavailable=1 --dry-run=client -o yaml
> apiVersion: policy/v1
> kind: PodDisruptionBudget
> metadata:
>   name: p
> spec:
>   maxUnavailable: 1
>   selector:
>     matchExpressions:
>     - key: a
>       operator: NotIn
>       values:
>       - b
>     - key: c
>       operator: Exists
> status:
>   currentHealthy: 0
>   desiredHealthy: 0
>   disruptionsAllowed: 0
>   expectedPods: 0
$ kubectl create pc p --value=5 --description='x y' --global-default=true --dry-run=client -o json
> {
>     "kind": "PriorityClass",
>     "apiVersion": "scheduling.k8s.io/v1",
>     "metadata": {
>         "name": "p"
>     },
>     "value": 5,
>     "globalDefault": true,
>     "description": "x y",
>     "preemptionPolicy": "PreemptLowerPriority"
> }
$ kubectl create pc p --value=x
! error: invalid argument "x" for "--value" flag: strconv.ParseInt: parsing "x": invalid syntax
! See 'kubectl create priorityclass --help' for usage.
[exit 1]
$ kubectl create pc p --preemption-policy=Foo --dry-run=client -o yaml
> apiVersion: scheduling.k8s.io/v1
> kind: PriorityClass
> metadata:
>   name: p
> preemptionPolicy: Foo
> value: 0
$ kubectl create role r --verb=get,list --resource=pods,deploy,pods/log --dry-run=client -o json
> {
>     "kind": "Role",
>     "apiVersion": "rbac.authorization.k8s.io/v1",
>     "metadata": {
>         "name": "r"
>     },
>     "rules": [
>         {
>             "verbs": [
>                 "get",
>                 "list"
>             ],
>             "apiGroups": [
>                 ""
>             ],
>             "resources": [
>                 "pods",
>                 "pods/log"
>             ]
>         },
>         {
>             "verbs": [
>                 "get",
>                 "list"
>             ],
>             "apiGroups": [
>                 "apps"
>             ],
>             "resources": [
>                 "deployments"
>             ]
>         }
>     ]
> }
$ kubectl create role r --verb=get --resource=pods --resource-name=a --resource-name=b --dry-run=client -o yaml
> apiVersion: rbac.authorization.k8s.io/v1
> kind: Role
> metadata:
>   name: r
> rules:
> - apiGroups:
>   - ""
>   resourceNames:
>   - a
>   - b
>   resources:
>   - pods
>   verbs:
>   - get
$ kubectl create role r --verb=get --resource=gizmos
! the server doesn't have a resource type "gizmos"
[exit 1]
$ kubectl create role r --verb=get --resource=gizmos.apps
! the server doesn't have a resource type "gizmos" in group "apps"
[exit 1]
$ kubectl create role r --verb=get
! error: at least one resource must be specified
[exit 1]
$ kubectl create role r --resource=pods
! error: at least one verb must be specified
[exit 1]
$ kubectl create role r --verb=zap --resource=pods --dry-run=client
> role.rbac.authorization.k8s.io/r created (dry run)
! Warning: 'zap' is not a standard resource verb
$ kubectl create role r --verb=get,get --resource=pods,pods --dry-run=client -o yaml
> apiVersion: rbac.authorization.k8s.io/v1
> kind: Role
> metadata:
>   name: r
> rules:
> - apiGroups:
>   - ""
>   resources:
>   - pods
>   verbs:
>   - get
$ kubectl create clusterrole r --verb=get --resource=nodes --dry-run=client -o json
> {
>     "kind": "ClusterRole",
>     "apiVersion": "rbac.authorization.k8s.io/v1",
>     "metadata": {
>         "name": "r"
>     },
>     "rules": [
>         {
>             "verbs": [
>                 "get"
>             ],
>             "apiGroups": [
>                 ""
>             ],
>             "resources": [
>                 "nodes"
>             ]
>         }
>     ]
> }
$ kubectl create clusterrole r --verb=get --non-resource-url=/logs/* --dry-run=client -o yaml
> apiVersion: rbac.authorization.k8s.io/v1
> kind: ClusterRole
> metadata:
>   name: r
> rules:
> - nonResourceURLs:
>   - /logs/*
>   verbs:
>   - get
$ kubectl create clusterrole r --verb=get --non-resource-url=logs --dry-run=client -o yaml
! error: nonResourceURL should start with /
[exit 1]
$ kubectl create clusterrole r --verb=get --non-resource-url=/l*/x --dry-run=client -o yaml
! error: nonResourceURL only supports wildcard matches when '*' is at the end
[exit 1]
$ kubectl create clusterrole r --verb=list --non-resource-url=/l --dry-run=client -o yaml
! error: invalid verb: 'list' for nonResourceURL
[exit 1]
$ kubectl create clusterrole r --aggregation-rule=a=b,c=d --dry-run=client -o yaml
> aggregationRule:
>   clusterRoleSelectors:
>   - matchLabels:
>       a: b
>       c: d
> apiVersion: rbac.authorization.k8s.io/v1
> kind: ClusterRole
> metadata:
>   name: r
> rules: null
$ kubectl create clusterrole r --aggregation-rule=a --dry-run=client -o yaml
! error: invalid argument "a" for "--aggregation-rule" flag: malformed pair, expect string=string
! See 'kubectl create clusterrole --help' for usage.
[exit 1]
$ kubectl create clusterrole r --aggregation-rule=a=b --verb=get --dry-run=client -o yaml
! error: aggregation rule must be specified without nonResourceURLs, verbs, resources or resourceNames
[exit 1]
$ kubectl create rolebinding r --role=x --user=a --user=b --group=g --serviceaccount=n:s --dry-run=client -o json
> {
>     "kind": "RoleBinding",
>     "apiVersion": "rbac.authorization.k8s.io/v1",
>     "metadata": {
>         "name": "r"
>     },
>     "subjects": [
>         {
>             "kind": "User",
>             "apiGroup": "rbac.authorization.k8s.io",
>             "name": "a"
>         },
>         {
>             "kind": "User",
>             "apiGroup": "rbac.authorization.k8s.io",
>             "name": "b"
>         },
>         {
>             "kind": "Group",
>             "apiGroup": "rbac.authorization.k8s.io",
>             "name": "g"
>         },
>         {
>             "kind": "ServiceAccount",
>             "name": "s",
>             "namespace": "n"
>         }
>     ],
>     "roleRef": {
>         "apiGroup": "rbac.authorization.k8s.io",
>         "kind": "Role",
>         "name": "x"
>     }
> }
$ kubectl create rolebinding r --user=a
! error: exactly one of clusterrole or role must be specified
[exit 1]
$ kubectl create rolebinding r --role=x --serviceaccount=s
! error: serviceaccount must be <namespace>:<name>
[exit 1]
$ kubectl create rolebinding r --role=x --clusterrole=y
! error: exactly one of clusterrole or role must be specified
[exit 1]
$ kubectl create clusterrolebinding r --clusterrole=x --group=g --dry-run=client -o json
> {
>     "kind": "ClusterRoleBinding",
>     "apiVersion": "rbac.authorization.k8s.io/v1",
>     "metadata": {
>         "name": "r"
>     },
>     "subjects": [
>         {
>             "kind": "Group",
>             "apiGroup": "rbac.authorization.k8s.io",
>             "name": "g"
>         }
>     ],
>     "roleRef": {
>         "apiGroup": "rbac.authorization.k8s.io",
>         "kind": "ClusterRole",
>         "name": "x"
>     }
> }
$ kubectl create clusterrolebinding r
! error: required flag(s) "clusterrole" not set
[exit 1]
$ kubectl create ingress i --rule=a.b/x*=s:80,tls=t --rule=a.b/y=s:http --class=c --annotation=a=b --default-backend=d:80 --dry-run=client -o json
> {
>     "kind": "Ingress",
>     "apiVersion": "networking.k8s.io/v1",
>     "metadata": {
>         "name": "i",
>         "annotations": {
>             "a": "b"
>         }
>     },
>     "spec": {
>         "ingressClassName": "c",
>         "defaultBackend": {
>             "service": {
>                 "name": "d",
>                 "port": {
>                     "number": 80
>                 }
>             }
>         },
>         "tls": [
>             {
>                 "hosts": [
>                     "a.b"
>                 ],
>                 "secretName": "t"
>             }
>         ],
>         "rules": [
>             {
>                 "host": "a.b",
>                 "http": {
>                     "paths": [
>                         {
>                             "path": "/x",
>                             "pathType": "Prefix",
>                             "backend": {
>                                 "service": {
>                                     "name": "s",
>                                     "port": {
>                                         "number": 80
>                                     }
>                                 }
>                             }
>                         },
>                         {
>                             "path": "/y",
>                             "pathType": "Exact",
>                             "backend": {
>                                 "service": {
>                                     "name": "s",
>                                     "port": {
>                                         "name": "http"
>                                     }
>                                 }
>                             }
>                         }
>                     ]
>                 }
>             }
>         ]
>     },
>     "status": {
>         "loadBalancer": {}
>     }
> }
$ kubectl create ingress i --rule=nope
! error: rule nope is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]
[exit 1]
$ kubectl create ingress i
! error: not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) or a list of rules (which catch specific paths)
[exit 1]
$ kubectl create ingress i --rule=a.b=s:80
! error: rule a.b=s:80 is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]
[exit 1]
$ kubectl create ingress i --rule=a.b/=s
! error: rule a.b/=s is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]
[exit 1]
$ kubectl create -f
! error: flag needs an argument: 'f' in -f
! See 'kubectl create --help' for usage.
[exit 1]
$ kubectl create -f /nonexistent
! error: the path "/nonexistent" does not exist
[exit 1]
$ kubectl create -f cm.yaml extra
! error: Unexpected args: [extra]
! See 'kubectl create -h' for help and examples
[exit 1]
$ kubectl run a
! error: required flag(s) "image" not set
[exit 1]
$ kubectl run a --image=x --dry-run=client -o yaml
> apiVersion: v1
> kind: Pod
> metadata:
>   labels:
>     run: a
>   name: a
> spec:
>   containers:
>   - image: x
>     name: a
>     resources: {}
>   dnsPolicy: ClusterFirst
>   restartPolicy: Always
> status: {}
$ kubectl run a --image=x --dry-run=client -o json
> {
>     "kind": "Pod",
>     "apiVersion": "v1",
>     "metadata": {
>         "name": "a",
>         "labels": {
>             "run": "a"
>         }
>     },
>     "spec": {
>         "containers": [
>             {
>                 "name": "a",
>                 "image": "x",
>                 "resources": {}
>             }
>         ],
>         "restartPolicy": "Always",
>         "dnsPolicy": "ClusterFirst"
>     },
>     "status": {}
> }
$ kubectl run a --image=x --dry-run=client -o json --port=80 --env=A=b --env=C= --labels=a=b --annotations=c=d --command -- x y
> {
>     "kind": "Pod",
>     "apiVersion": "v1",
>     "metadata": {
>         "name": "a",
>         "labels": {
>             "a": "b"
>         },
>         "annotations": {
>             "c": "d"
>         }
>     },
>     "spec": {
>         "containers": [
>             {
>                 "name": "a",
>                 "image": "x",
>                 "command": [
>                     "x",
>                     "y"
>                 ],
>                 "ports": [
>                     {
>                         "containerPort": 80
>                     }
>                 ],
>                 "env": [
>                     {
>                         "name": "A",
>                         "value": "b"
>                     },
>                     {
>                         "name": "C"
>                     }
>                 ],
>                 "resources": {}
>             }
>         ],
>         "restartPolicy": "Always",
>         "dnsPolicy": "ClusterFirst"
>     },
>     "status": {}
> }
$ kubectl run a --image=x --port=80 --expose --dry-run=client
> service/a created (dry run)
> pod/a created (dry run)
$ kubectl run a --image=x --port=80 --expose --dry-run=client -o json
> {
>     "kind": "Service",
>     "apiVersion": "v1",
>     "metadata": {
>         "name": "a"
>     },
>     "spec": {
>         "ports": [
>             {
>                 "protocol": "TCP",
>                 "port": 80,
>                 "targetPort": 80
>             }
>         ],
>         "selector": {
>             "run": "a"
>         }
>     },
>     "status": {
>         "loadBalancer": {}
>     }
> }
> {
>     "kind": "Pod",
>     "apiVersion": "v1",
>     "metadata": {
>         "name": "a",
>         "labels": {
>             "run": "a"
>         }
>     },
>     "spec": {
>         "containers": [
>             {
>                 "name": "a",
>                 "image": "x",
>                 "ports": [
>                     {
>                         "containerPort": 80
>                     }
>                 ],
>                 "resources": {}
>             }
>         ],
>         "restartPolicy": "Always",
>         "dnsPolicy": "ClusterFirst"
>     },
>     "status": {}
> }
$ kubectl run a --image=x --expose
! error: --port must be set when exposing a service
! See 'kubectl run -h' for help and examples
[exit 1]
$ kubectl run a --image=x --rm
! error: --rm should only be used for attached containers
! See 'kubectl run -h' for help and examples
[exit 1]
$ kubectl run a --image=x -t
! error: -i/--stdin is required for containers with -t/--tty=true
! See 'kubectl run -h' for help and examples
[exit 1]
$ kubectl run a --image=x --restart=Foo
! error: invalid restart policy: Foo
! See 'kubectl run -h' for help and examples
[exit 1]
$ kubectl run a --image=x --image-pull-policy=Foo
! error: invalid image pull policy: Foo
! See 'kubectl run -h' for help and examples
[exit 1]
$ kubectl run a --image=x --env=A
! error: invalid env: A
[exit 1]
$ kubectl run a --image=x --labels=a
! error: unexpected label spec: a
[exit 1]
$ kubectl run a --image=x --labels=a=b=c --dry-run=client -o name
! error: unexpected label spec: a=b=c
[exit 1]
$ kubectl run a --image=x --port=http
! error: strconv.Atoi: parsing "http": invalid syntax
[exit 1]
$ kubectl run a --image='A B'
! error: Invalid image name "A B": invalid reference format
[exit 1]
$ kubectl run a --image=Foo
! error: Invalid image name "Foo": invalid reference format
[exit 1]
$ kubectl run --image=x
! error: NAME is required for run
! See 'kubectl run -h' for help and examples
[exit 1]
$ kubectl run a b c --image=x --dry-run=client -o yaml
> apiVersion: v1
> kind: Pod
> metadata:
>   labels:
>     run: a
>   name: a
> spec:
>   containers:
>   - args:
>     - b
>     - c
>     image: x
>     name: a
>     resources: {}
>   dnsPolicy: ClusterFirst
>   restartPolicy: Always
> status: {}
$ kubectl run a --image=x --overrides='{"spec":{"nodeName":"n"}}' --dry-run=client -o yaml
> apiVersion: v1
> kind: Pod
> metadata:
>   labels:
>     run: a
>   name: a
> spec:
>   containers:
>   - image: x
>     name: a
>     resources: {}
>   dnsPolicy: ClusterFirst
>   nodeName: "n"
>   restartPolicy: Always
> status: {}
$ kubectl run a --image=x --overrides='{"spec":{"containers":[{"name":"b"}]}}' --dry-run=client -o yaml
> apiVersion: v1
> kind: Pod
> metadata:
>   labels:
>     run: a
>   name: a
> spec:
>   containers:
>   - name: b
>     resources: {}
>   dnsPolicy: ClusterFirst
>   restartPolicy: Always
> status: {}
$ kubectl run a --image=x --overrides='{bad' --dry-run=client -o yaml
! error: Invalid JSON Patch
[exit 1]
$ kubectl run a --image=x --overrides='{}' --override-type=foo --dry-run=client -o yaml
! error: invalid override type: foo
[exit 1]
$ kubectl run a --image=x --overrides='[{"op":"add","path":"/spec/nodeName","value":"y"}]' --override-type=json --dry-run=client -o yaml
> apiVersion: v1
> kind: Pod
> metadata:
>   labels:
>     run: a
>   name: a
> spec:
>   containers:
>   - image: x
>     name: a
>     resources: {}
>   dnsPolicy: ClusterFirst
>   nodeName: "y"
>   restartPolicy: Always
> status: {}
$ kubectl run a --image=x --overrides='{"spec":{"containers":[{"name":"a","tty":true}]}}' --override-type=strategic --dry-run=client -o yaml
> apiVersion: v1
> kind: Pod
> metadata:
>   labels:
>     run: a
>   name: a
> spec:
>   containers:
>   - image: x
>     name: a
>     resources: {}
>     tty: true
>   dnsPolicy: ClusterFirst
>   restartPolicy: Always
> status: {}
$ kubectl run a --image=x --dry-run=client -i
! error: --dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)
! See 'kubectl run -h' for help and examples
[exit 1]
$ kubectl run a --image=x --privileged --dry-run=client -o yaml
> apiVersion: v1
> kind: Pod
> metadata:
>   labels:
>     run: a
>   name: a
> spec:
>   containers:
>   - image: x
>     name: a
>     resources: {}
>     securityContext:
>       privileged: true
>   dnsPolicy: ClusterFirst
>   restartPolicy: Always
> status: {}
$ kubectl run a --image=x --save-config --dry-run=client -o yaml
> apiVersion: v1
> kind: Pod
> metadata:
>   labels:
>     run: a
>   name: a
> spec:
>   containers:
>   - image: x
>     name: a
>     resources: {}
>   dnsPolicy: ClusterFirst
>   restartPolicy: Always
> status: {}
$ kubectl run a --image=x -n foo --dry-run=client -o yaml
> apiVersion: v1
> kind: Pod
> metadata:
>   labels:
>     run: a
>   name: a
>   namespace: foo
> spec:
>   containers:
>   - image: x
>     name: a
>     resources: {}
>   dnsPolicy: ClusterFirst
>   restartPolicy: Always
> status: {}
$ kubectl get
! You must specify the type of resource to get. Use "kubectl api-resources" for a complete list of supported resources.
! 
! error: Required resource not specified.
! Use "kubectl explain <resource>" for a detailed description of that resource (e.g. kubectl explain pods).
! See 'kubectl get -h' for help and examples
[exit 1]
$ kubectl get pods x -l a=b
! error: name cannot be provided when a selector is specified
[exit 1]
$ kubectl get pods/a/b
! error: arguments in resource/name form may not have more than one slash
[exit 1]
$ kubectl get /a
! error: arguments in resource/name form must have a single resource and name
[exit 1]
$ kubectl get pods,svc/a
! error: arguments in resource/name form must have a single resource and name
[exit 1]
$ kubectl get pods -f cm.yaml
! error: when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well
[exit 1]
$ kubectl get pods --raw=/x
! error: arguments may not be passed when --raw is specified
[exit 1]
$ kubectl get --raw=x
! error: --raw must be a valid URL path: parse "x": invalid URI for request
[exit 1]
$ kubectl get --raw=/x -o json
! error: --raw and --output are mutually exclusive
[exit 1]
$ kubectl get pods --show-labels -o yaml
! error: --show-labels option cannot be used with yaml printer
[exit 1]
$ kubectl get gizmo
! error: the server doesn't have a resource type "gizmo"
[exit 1]
$ kubectl get pods -A x
! error: a resource cannot be retrieved by name across all namespaces
[exit 1]
$ kubectl get -f nope.yaml
! error: the path "nope.yaml" does not exist
[exit 1]
$ kubectl delete
! error: You must provide one or more resources by argument or filename.
! Example resource specifications include:
!    '-f rsrc.yaml'
!    '--filename=rsrc.json'
!    '<resource> <name>'
!    '<resource>'
[exit 1]
$ kubectl delete pod
! error: resource(s) were provided, but no name was specified
[exit 1]
$ kubectl delete pods --all -l a=b
! error: setting 'all' parameter but found a non empty selector. 
[exit 1]
$ kubectl delete pods x --all
! error: name cannot be provided when a selector is specified
[exit 1]
$ kubectl delete pod x --force --grace-period=3
! error: --force and --grace-period greater than 0 cannot be specified together
[exit 1]
$ kubectl delete pod x --now --grace-period=3
! error: --now and --grace-period cannot be specified together
[exit 1]
$ kubectl delete pod x -o yaml
! error: unexpected -o output mode: yaml. We only support '-o name'
[exit 1]
$ kubectl delete pod x --cascade=foo
! error: invalid cascade value (foo). Must be "background", "foreground", or "orphan"
[exit 1]
$ kubectl delete pod x y --dry-run=client -o name
> pod/x
> pod/y
$ kubectl delete ns x --dry-run=client
> namespace "x" deleted (dry run)
$ kubectl delete ns x -n foo --dry-run=client
> namespace "x" deleted (dry run)
! Warning: deleting cluster-scoped resources, not scoped to the provided namespace
$ kubectl delete gizmo x
! error: the server doesn't have a resource type "gizmo"
[exit 1]
$ kubectl delete x
! error: the server doesn't have a resource type "x"
[exit 1]
$ kubectl label pods x a=b c
! error: all resources must be specified before label changes: c
[exit 1]
$ kubectl label pods x
! error: at least one label update is required
[exit 1]
$ kubectl label x=y
! error: one or more resources must be specified as <resource> <name> or <resource>/<name>
[exit 1]
$ kubectl label
! error: one or more resources must be specified as <resource> <name> or <resource>/<name>
[exit 1]
$ kubectl label pods x a=b a-
! error: can not both modify and remove a label in the same command
[exit 1]
$ kubectl label pods a=b
! error: resource(s) were provided, but no name was specified
[exit 1]
$ kubectl label pods x a=b --local
! error: can only use local files by -f pod.yaml or --filename=pod.json when --local=true is set
[exit 1]
$ kubectl label pods x 'a=b c'
! error: invalid label value: "a=b c": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')
[exit 1]
$ kubectl label pods x a=b=c
! error: invalid label spec: a=b=c
[exit 1]
$ kubectl label pods --all -l x=y a=b
! error: cannot set --all and --selector at the same time
[exit 1]
$ kubectl label --local -f cm.yaml a=b
! error: 'a' already has a value (<b>), and --overwrite is false
[exit 1]
$ kubectl label --local -f cm.yaml a=b --overwrite
> configmap/x labeled
$ kubectl label --local -f cm.yaml a=b --overwrite -o yaml
> apiVersion: v1
> data:
>   k: "1"
>   l: |-
>     a
>     b
> kind: ConfigMap
> metadata:
>   labels:
>     a: b
>   name: x
$ kubectl label --local -f cm.yaml zz-
> configmap/x not labeled
$ kubectl label --local -f cm.yaml a- 
> configmap/x unlabeled
$ kubectl label --local -f cm.yaml a- -o yaml
> apiVersion: v1
> data:
>   k: "1"
>   l: |-
>     a
>     b
> kind: ConfigMap
> metadata:
>   labels: {}
>   name: x
$ kubectl label --local -f cm.yaml -f pod.yaml z=1 -o yaml
> apiVersion: v1
> data:
>   k: "1"
>   l: |-
>     a
>     b
> kind: ConfigMap
> metadata:
>   labels:
>     a: <b>
>     z: "1"
>   name: x
> apiVersion: v1
> kind: Pod
> metadata:
>   labels:
>     z: "1"
>   name: p
> spec:
>   big: 10000000
>   containers:
>   - "false": null
>     image: x
>     name: a
>   - name: b
>   f: 1.5
>   replicas: 3
$ kubectl label --local -f cm.yaml -f pod.yaml z=1 --list
> Listing labels for ConfigMap./x:
>  a=<b>
>  z=1
> Listing labels for Pod./p:
>  z=1
$ kubectl label --local -f cm.yaml --list
> a=<b>
$ kubectl annotate pods x
! error: at least one annotation update is required
[exit 1]
$ kubectl annotate pods x a=b a-
! error: can not both modify and remove the following annotation(s) in the same command: a
[exit 1]
$ kubectl annotate pods x =b
! error: at least one annotation update is required
[exit 1]
$ kubectl annotate --local -f cm.yaml a=b=c -o yaml
> apiVersion: v1
> data:
>   k: "1"
>   l: |-
>     a
>     b
> kind: ConfigMap
> metadata:
>   annotations:
>     a: b=c
>   labels:
>     a: <b>
>   name: x
$ kubectl annotate --local -f cm.yaml -f pod.yaml a=b -o yaml
> apiVersion: v1
> data:
>   k: "1"
>   l: |-
>     a
>     b
> kind: ConfigMap
> metadata:
>   annotations:
>     a: b
>   labels:
>     a: <b>
>   name: x
> ---
> apiVersion: v1
> kind: Pod
> metadata:
>   annotations:
>     a: b
>   name: p
> spec:
>   big: 10000000
>   containers:
>   - "false": null
>     image: x
>     name: a
>   - name: b
>   f: 1.5
>   replicas: 3
$ kubectl annotate --local -f cm.yaml a- 
> configmap/x annotated
$ kubectl annotate --local -f cm.yaml --list
$ kubectl annotate pods x a
! error: at least one annotation update is required
[exit 1]
$ kubectl patch
! error: must specify --patch or --patch-file containing the contents of the patch
[exit 1]
$ kubectl patch pod x
! error: must specify --patch or --patch-file containing the contents of the patch
[exit 1]
$ kubectl patch pod x -p '{}' --patch-file=y
! error: cannot specify --patch and --patch-file together
[exit 1]
$ kubectl patch pod x -p '{}' --type=wild
! error: --type must be one of [json merge strategic], not "wild"
[exit 1]
$ kubectl patch pod x -p 'a: ['
! error: unable to parse "a: [": yaml: line 1: did not find expected node content
[exit 1]
$ kubectl patch --local -f cm.yaml -p '{"data":{"k":null}}' -o yaml
> apiVersion: v1
> data:
>   l: |-
>     a
>     b
> kind: ConfigMap
> metadata:
>   labels:
>     a: <b>
>   name: x
$ kubectl patch --local -f cm.yaml -p 'data: {k: x}' -o yaml
> apiVersion: v1
> data:
>   k: x
>   l: |-
>     a
>     b
> kind: ConfigMap
> metadata:
>   labels:
>     a: <b>
>   name: x
$ kubectl patch --local -f cm.yaml -p '{"data":{"k":"1"}}'
> configmap/x patched (no change)
$ kubectl patch --local -f cm.yaml -p '{"data":{"k":"2"}}'
> configmap/x patched
$ kubectl patch --local -f pod.yaml -p '{"spec":{"containers":[{"name":"b","image":"z"}]}}' -o yaml
> apiVersion: v1
> kind: Pod
> metadata:
>   name: p
> spec:
>   big: 10000000
>   containers:
>   - "false": null
>     image: x
>     name: a
>   - image: z
>     name: b
>   f: 1.5
>   replicas: 3
$ kubectl patch --local -f pod.yaml -p '{"spec":{"containers":[{"name":"b","image":"z"}]}}' --type=merge -o json
> {
>     "apiVersion": "v1",
>     "kind": "Pod",
>     "metadata": {
>         "name": "p"
>     },
>     "spec": {
>         "big": 10000000,
>         "containers": [
>             {
>                 "image": "z",
>                 "name": "b"
>             }
>         ],
>         "f": 1.5,
>         "replicas": 3
>     }
> }
$ kubectl patch --local -f pod.yaml -p '[{"op":"replace","path":"/metadata/name","value":"q"}]' --type=json -o name
> pod/q
$ kubectl patch --local -f pod.yaml -p '{"a":1}' --type=json
! error: json: cannot unmarshal object into Go value of type jsonpatch.Patch
[exit 1]
$ kubectl patch --local pod x -p '{}'
! error: cannot specify --local and server resources
[exit 1]
$ kubectl replace
! error: must specify one of -f and -k
[exit 1]
$ kubectl replace -f nope
! error: the path "nope" does not exist
[exit 1]
$ kubectl replace -f cm.yaml --grace-period=3
! error: --grace-period must have --force specified
[exit 1]
$ kubectl replace -f cm.yaml --timeout=3s
! error: --timeout must have --force specified
[exit 1]
$ kubectl replace -f cm.yaml --force --dry-run=client
! error: --dry-run can not be used when --force is set
[exit 1]
$ kubectl apply
! error: must specify one of -f and -k
[exit 1]
$ kubectl apply -f nope
! error: the path "nope" does not exist
[exit 1]
$ kubectl apply -f cm.yaml x
! error: Unexpected args: [x]
! See 'kubectl apply -h' for help and examples
[exit 1]
$ kubectl apply -f cm.yaml --prune
! error: all resources selected for prune without explicitly passing --all. To prune all resources, pass the --all flag. If you did not mean to prune all resources, specify a label selector
[exit 1]
$ kubectl apply -f cm.yaml --prune --all -l a=b
! error: cannot set --all and --selector at the same time
[exit 1]
$ kubectl apply -f cm.yaml --force-conflicts
! error: --force-conflicts only works with --server-side
[exit 1]
$ kubectl apply -f cm.yaml --server-side --dry-run=client
! error: --dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)
[exit 1]
$ kubectl apply -f cm.yaml --server-side --force
! error: --force cannot be used with --server-side
[exit 1]
$ kubectl apply -f cm.yaml --dry-run=server --force
! error: --dry-run=server cannot be used with --force
[exit 1]
$ kubectl apply foo
! error: Unexpected args: [foo]
! See 'kubectl apply -h' for help and examples
[exit 1]
$ kubectl apply view-last-applied
! error: You must provide one or more resources by argument or filename.
! Example resource specifications include:
!    '-f rsrc.yaml'
!    '--filename=rsrc.json'
!    '<resource> <name>'
!    '<resource>'
[exit 1]
$ kubectl apply set-last-applied
! error: You must provide one or more resources by argument or filename.
! Example resource specifications include:
!    '-f rsrc.yaml'
!    '--filename=rsrc.json'
!    '<resource> <name>'
!    '<resource>'
[exit 1]
$ kubectl diff
! error: must specify one of -f and -k
[exit 2]
$ kubectl diff -f nope
! error: the path "nope" does not exist
[exit 2]
$ kubectl api-resources --output=foo
! error: unable to match a printer suitable for the output format "foo", allowed formats are: json,kyaml,name,wide,yaml
[exit 1]
$ kubectl api-resources --sort-by=foo
! error: --sort-by accepts only name or kind
[exit 1]
$ kubectl api-resources extra
! error: unexpected arguments: [extra]
! See 'kubectl api-resources -h' for help and examples
[exit 1]
$ kubectl auth can-i
! error: you must specify two arguments: verb resource or verb resource/resourceName.
! See 'kubectl auth can-i -h' for help and examples.
[exit 1]
$ kubectl auth can-i get
! error: you must specify two arguments: verb resource or verb resource/resourceName.
! See 'kubectl auth can-i -h' for help and examples.
[exit 1]
$ kubectl auth can-i --list x
! error: list option must be specified with no arguments
[exit 1]
$ kubectl auth foo
! error: unknown command "foo"
! See 'kubectl auth -h' for help and examples
[exit 1]
$ kubectl --context=zz get pods
! Error in configuration: context was not found for specified context: zz
[exit 1]
$ kubectl alpha
! No alpha commands are available in this version of kubectl
[exit 1]
$ kubectl get pods --as-group=admins
! error: requesting uid, groups or user-extra for ref without impersonating a user
[exit 1]
$ kubectl create -f - --edit --raw /api
! error: --raw and --edit are mutually exclusive
[exit 1]
$ kubectl get pods --kubeconfig=/nope
! error: stat /nope: no such file or directory
[exit 1]
