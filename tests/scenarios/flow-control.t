# Priority levels and flow schemas that every cluster has.
$ kubectl get prioritylevelconfigurations,flowschemas
NAME                                                                      TYPE      NOMINALCONCURRENCYSHARES   QUEUES   HANDSIZE   QUEUELENGTHLIMIT   AGE
prioritylevelconfiguration.flowcontrol.apiserver.k8s.io/catch-all         Limited   5                          <none>   <none>     <none>             6s
prioritylevelconfiguration.flowcontrol.apiserver.k8s.io/exempt            Exempt    <none>                     <none>   <none>     <none>             6s
prioritylevelconfiguration.flowcontrol.apiserver.k8s.io/global-default    Limited   20                         128      6          50                 6s
prioritylevelconfiguration.flowcontrol.apiserver.k8s.io/leader-election   Limited   10                         16       4          50                 6s
prioritylevelconfiguration.flowcontrol.apiserver.k8s.io/node-high         Limited   40                         64       6          50                 6s
prioritylevelconfiguration.flowcontrol.apiserver.k8s.io/system            Limited   30                         64       6          50                 6s
prioritylevelconfiguration.flowcontrol.apiserver.k8s.io/workload-high     Limited   40                         128      6          50                 6s
prioritylevelconfiguration.flowcontrol.apiserver.k8s.io/workload-low      Limited   100                        128      6          50                 6s

NAME                                                                   PRIORITYLEVEL     MATCHINGPRECEDENCE   DISTINGUISHERMETHOD   AGE   MISSINGPL
flowschema.flowcontrol.apiserver.k8s.io/exempt                         exempt            1                    <none>                6s    False
flowschema.flowcontrol.apiserver.k8s.io/probes                         exempt            2                    <none>                6s    False
flowschema.flowcontrol.apiserver.k8s.io/system-leader-election         leader-election   100                  ByUser                6s    False
flowschema.flowcontrol.apiserver.k8s.io/system-node-high               node-high         400                  ByUser                6s    False
flowschema.flowcontrol.apiserver.k8s.io/system-nodes                   system            500                  ByUser                6s    False
flowschema.flowcontrol.apiserver.k8s.io/kube-controller-manager        workload-high     800                  ByNamespace           6s    False
flowschema.flowcontrol.apiserver.k8s.io/kube-scheduler                 workload-high     800                  ByNamespace           6s    False
flowschema.flowcontrol.apiserver.k8s.io/kube-system-service-accounts   workload-high     900                  ByNamespace           6s    False
flowschema.flowcontrol.apiserver.k8s.io/service-accounts               workload-low      9000                 ByUser                6s    False
flowschema.flowcontrol.apiserver.k8s.io/global-default                 global-default    9900                 ByUser                6s    False
flowschema.flowcontrol.apiserver.k8s.io/catch-all                      catch-all         10000                ByUser                6s    False
$ kubectl get flowschema probes -o jsonpath='{.spec.rules[0].nonResourceRules[0].nonResourceURLs}{"\n"}'
["/healthz","/readyz","/livez"]
# What is missing comes back within a minute, and what was changed is changed back, unless it is said to be one's own.
$ kubectl delete prioritylevelconfiguration workload-low
prioritylevelconfiguration.flowcontrol.apiserver.k8s.io "workload-low" deleted
$ kubectl get flowschema service-accounts -o jsonpath='{.status.conditions[0].status} {.status.conditions[0].message}{"\n"}'
True This FlowSchema references the PriorityLevelConfiguration object named "workload-low" but there is no such object
$ kubectl patch flowschema service-accounts --type=merge -p '{"spec": {"matchingPrecedence": 8000}}'
flowschema.flowcontrol.apiserver.k8s.io/service-accounts patched
$ kubectl annotate --overwrite flowschema kube-scheduler apf.kubernetes.io/autoupdate-spec=false
flowschema.flowcontrol.apiserver.k8s.io/kube-scheduler annotated
$ kubectl patch flowschema kube-scheduler --type=merge -p '{"spec": {"matchingPrecedence": 700}}'
flowschema.flowcontrol.apiserver.k8s.io/kube-scheduler patched
$ sleep 61; kubectl get flowschema service-accounts kube-scheduler -o custom-columns=NAME:.metadata.name,LEVEL:.spec.priorityLevelConfiguration.name,PRECEDENCE:.spec.matchingPrecedence,MISSING:.status.conditions[0].status
NAME               LEVEL           PRECEDENCE   MISSING
service-accounts   workload-low    9000         False
kube-scheduler     workload-high   700          False
$ kubectl get prioritylevelconfiguration workload-low -o jsonpath='{.spec.limited.lendablePercent}{"\n"}'
90
