# What a kubelet may write (NodeRestriction), and who may approve and sign certificates.
$ kubectl run web --image=nginx:1.27 --overrides='{"spec": {"nodeName": "worker-1"}}'
pod/web created
$ kubectl run other --image=nginx:1.27 --overrides='{"spec": {"nodeName": "worker-2"}}'
pod/other created
$ kubectl wait --for=condition=Ready pod/web pod/other
pod/web condition met
pod/other condition met
# Its own node, but neither taints nor labels that steer workloads.
$ kubectl label node worker-1 team=a --as=system:node:worker-1 --as-group=system:nodes
node/worker-1 labeled
$ kubectl label node worker-1 node-restriction.kubernetes.io/team=a --as=system:node:worker-1 --as-group=system:nodes
Error from server (Forbidden): nodes "worker-1" is forbidden: is not allowed to modify labels: node-restriction.kubernetes.io/team
[exit 1]
$ kubectl label node worker-1 node-role.kubernetes.io/control-plane= --as=system:node:worker-1 --as-group=system:nodes
Error from server (Forbidden): nodes "worker-1" is forbidden: is not allowed to modify labels: node-role.kubernetes.io/control-plane
[exit 1]
$ kubectl taint node worker-1 a=b:NoSchedule --as=system:node:worker-1 --as-group=system:nodes
Error from server (Forbidden): nodes "worker-1" is forbidden: node "worker-1" is not allowed to modify taints
[exit 1]
$ kubectl label node worker-2 team=a --as=system:node:worker-1 --as-group=system:nodes
Error from server (Forbidden): nodes "worker-2" is forbidden: User "system:node:worker-1" cannot get resource "nodes" in API group "" at the cluster scope: node 'worker-1' cannot read 'worker-2', only its own Node object
[exit 1]
$ kubectl get nodes -L team -l team
NAME       STATUS   ROLES    AGE   VERSION   TEAM
worker-1   Ready    <none>   10s   v1.36.2   a
# Pods of its node.
$ kubectl delete pod other --as=system:node:worker-1 --as-group=system:nodes
Error from server (Forbidden): pods "other" is forbidden: node "worker-1" can only delete pods with spec.nodeName set to itself
[exit 1]
$ kubectl run mine --image=nginx:1.27 --as=system:node:worker-1 --as-group=system:nodes
Error from server (Forbidden): pods "mine" is forbidden: pod does not have "kubernetes.io/config.mirror" annotation, node "worker-1" can only create mirror pods
[exit 1]
$ kubectl annotate pod web a=b --as=system:node:worker-1 --as-group=system:nodes
Error from server (Forbidden): pods "web" is forbidden: User "system:node:worker-1" cannot patch resource "pods" in API group "" in the namespace "t-node-restriction"
[exit 1]
$ kubectl create token default --as=system:node:worker-1 --as-group=system:nodes
error: failed to create token: serviceaccounts "default" is forbidden: node requested token not bound to a pod
[exit 1]
$ kubectl create token default --bound-object-kind=Pod --bound-object-name=other --bound-object-uid=x --as=system:node:worker-1 --as-group=system:nodes
error: failed to create token: serviceaccounts "default" is forbidden: the UID in the bound object reference (x) does not match the UID in record. The object might have been deleted and then recreated
[exit 1]
$ kubectl delete pod web --as=system:node:worker-1 --as-group=system:nodes
pod "web" deleted from t-node-restriction namespace
# Signing requests: nobody becomes an administrator, and approving needs a right for the signer.
$ printf '%s\n' 'apiVersion: certificates.k8s.io/v1' 'kind: CertificateSigningRequest' 'metadata: {name: eve}' 'spec:' '  signerName: kubernetes.io/kube-apiserver-client' '  usages: [client auth]' '  request: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIaU1JR0pBZ0VBTUNjeEZ6QVZCZ05WQkFvTURuTjVjM1JsYlRwdFlYTjBaWEp6TVF3d0NnWURWUVFEREFObApkbVV3V1RBVEJnY3Foa2pPUFFJQkJnZ3Foa2pPUFFNQkJ3TkNBQVN6ZXVBUmFKRE82NFR3N1JGTml1QmZHSU1WCk1Kc2xpL0dad2gxbjdSeGxCdDE2VFJWWEtua1JPM3BFMHhDeFBuQ0tobWkzc3k5MDFpYVZFa3ZiSlNUOW9BQXcKQ2dZSUtvWkl6ajBFQXdJRFNBQXdSUUlnTWVxWk9zRHh4ZHBCMFc0NjE1UlhJUHc3cHltRmtUazRwSEg1eTl1TgpYeDBDSVFETUthVUpGSDNhRTFEanFvUitYeCtVZEZWZU9EM1krYXIrNHNsT2pxQzY4dz09Ci0tLS0tRU5EIENFUlRJRklDQVRFIFJFUVVFU1QtLS0tLQo=' | kubectl create -f -
Error from server (Forbidden): error when creating "STDIN": certificatesigningrequests.certificates.k8s.io "eve" is forbidden: use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed
[exit 1]
$ printf '%s\n' 'apiVersion: certificates.k8s.io/v1' 'kind: CertificateSigningRequest' 'metadata: {name: jane}' 'spec:' '  signerName: kubernetes.io/kube-apiserver-client' '  usages: [client auth]' '  request: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIZ01JR0dBZ0VBTUNReEV6QVJCZ05WQkFvTUNtUmxkbVZzYjNCbGNuTXhEVEFMQmdOVkJBTU1CR3BoYm1VdwpXVEFUQmdjcWhrak9QUUlCQmdncWhrak9QUU1CQndOQ0FBVDluVktYdFh3amlFVG1RbmNZQytKR0NicnZlcXg5Cm5VaXFsamxackUvSnVBSzNoMFF4UmhtZ1pIdkNOQmU1YXpRT2tZRUJjWHpTM2h3MTZSa1RyVjRJb0FBd0NnWUkKS29aSXpqMEVBd0lEU1FBd1JnSWhBSTNYcHF1cSs2ZlRvUktCMnRNVitHSnNtSGh3aHJvSmsrOUEyTXdnc1NlTgpBaUVBeWtiQ0FyUTZaUk9vZTV2VCsvSDZVMk1zU3FUZC9Tckk0TlRVQVRZVi82OD0KLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg==' | kubectl create -f -
certificatesigningrequest.certificates.k8s.io/jane created
$ kubectl create clusterrole approver --verb=get,update --resource=certificatesigningrequests,certificatesigningrequests/approval
clusterrole.rbac.authorization.k8s.io/approver created
$ kubectl create clusterrolebinding approver --clusterrole=approver --user=alice
clusterrolebinding.rbac.authorization.k8s.io/approver created
$ kubectl certificate approve jane --as=alice
Error from server (Forbidden): certificatesigningrequests.certificates.k8s.io "jane" is forbidden: user not permitted to approve requests with signerName "kubernetes.io/kube-apiserver-client"
[exit 1]
$ kubectl create -f - <<'X'
> apiVersion: rbac.authorization.k8s.io/v1
> kind: ClusterRole
> metadata: {name: approver-of}
> rules: [{apiGroups: [certificates.k8s.io], resources: [signers], resourceNames: [kubernetes.io/*], verbs: [approve]}]
> X
clusterrole.rbac.authorization.k8s.io/approver-of created
$ kubectl create clusterrolebinding approver-of --clusterrole=approver-of --user=alice
clusterrolebinding.rbac.authorization.k8s.io/approver-of created
$ kubectl certificate approve jane --as=alice
certificatesigningrequest.certificates.k8s.io/jane approved
$ kubectl get csr
NAME   AGE   SIGNERNAME                            REQUESTOR          REQUESTEDDURATION   CONDITION
jane   3s    kubernetes.io/kube-apiserver-client   kubernetes-admin   <none>              Approved
