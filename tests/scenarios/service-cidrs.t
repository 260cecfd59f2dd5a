# Each cluster IP is an IPAddress, drawn from ServiceCIDRs that are ready.
$ kubectl create service clusterip web --tcp=80 --clusterip=10.96.7.7
service/web created
$ kubectl get ipaddress 10.96.7.7 --no-headers -o custom-columns=NAME:.metadata.name,OF:.spec.parentRef.name,IN:.spec.parentRef.namespace
10.96.7.7   web   t-service-cidrs
$ kubectl get servicecidr kubernetes -o jsonpath='{.status.conditions[0].message}{"\n"}'
Kubernetes Service CIDR is ready
$ kubectl create service clusterip far --tcp=80 --clusterip=10.200.0.9
error: failed to create ClusterIP service: Service "far" is invalid: spec.clusterIPs: Invalid value: ["10.200.0.9"]: failed to allocate IP 10.200.0.9: the provided network does not match the current range
[exit 1]
# Another range.
$ cat > range.yaml <<'EOF'
> apiVersion: networking.k8s.io/v1
> kind: ServiceCIDR
> metadata:
>   name: more
> spec:
>   cidrs:
>   - 10.200.0.0/24
> EOF
$ kubectl create -f range.yaml
servicecidr.networking.k8s.io/more created
$ kubectl wait --for=condition=Ready servicecidr/more
servicecidr.networking.k8s.io/more condition met
$ kubectl create service clusterip far --tcp=80 --clusterip=10.200.0.9
service/far created
$ kubectl create service clusterip near --tcp=80 --clusterip=10.200.0.9
error: failed to create ClusterIP service: Service "near" is invalid: spec.clusterIPs: Invalid value: ["10.200.0.9"]: failed to allocate IP 10.200.0.9: provided IP is already allocated
[exit 1]
# It stays while an address of it is in use.
$ kubectl delete servicecidr more --wait=false
servicecidr.networking.k8s.io "more" deleted
$ sleep 1; kubectl get servicecidr more -o jsonpath='{.status.conditions[0].status} {.status.conditions[0].message}{"\n"}'
False There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR
$ kubectl create service clusterip near --tcp=80 --clusterip=10.200.0.10
error: failed to create ClusterIP service: Service "near" is invalid: spec.clusterIPs: Invalid value: ["10.200.0.10"]: failed to allocate IP 10.200.0.10: the provided network does not match the current range
[exit 1]
$ kubectl delete service far
service "far" deleted from t-service-cidrs namespace
$ sleep 12; kubectl get servicecidr,ipaddress -o name | grep 10.200 ; kubectl get servicecidr more
Error from server (NotFound): servicecidrs.networking.k8s.io "more" not found
[exit 1]
# Who takes an IPAddress by hand keeps services from it.
$ cat > address.yaml <<'EOF'
> apiVersion: networking.k8s.io/v1
> kind: IPAddress
> metadata:
>   name: 10.96.7.8
> spec:
>   parentRef:
>     resource: services
>     namespace: default
>     name: mine
> EOF
$ kubectl create -f address.yaml
ipaddress.networking.k8s.io/10.96.7.8 created
$ kubectl create service clusterip near --tcp=80 --clusterip=10.96.7.8
error: failed to create ClusterIP service: Service "near" is invalid: spec.clusterIPs: Invalid value: ["10.96.7.8"]: failed to allocate IP 10.96.7.8: provided IP is already allocated
[exit 1]
$ kubectl delete ipaddress 10.96.7.8
ipaddress.networking.k8s.io "10.96.7.8" deleted
$ kubectl create service clusterip near --tcp=80 --clusterip=10.96.7.8
service/near created
# An address stays with its service whatever becomes of its IPAddress.
$ kubectl delete ipaddress 10.96.7.8
ipaddress.networking.k8s.io "10.96.7.8" deleted
$ kubectl create service clusterip other --tcp=80 --clusterip=10.96.7.8
error: failed to create ClusterIP service: Service "other" is invalid: spec.clusterIPs: Invalid value: ["10.96.7.8"]: failed to allocate IP 10.96.7.8: provided IP is already allocated
[exit 1]
$ kubectl delete service near
service "near" deleted from t-service-cidrs namespace
$ kubectl create service clusterip other --tcp=80 --clusterip=10.96.7.8
service/other created
