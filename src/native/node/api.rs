//! The messages of CRI v1 (`runtime.v1`) that are used, with the fields that are used: decoding skips the others.

#![allow(missing_docs)]

use std::collections::BTreeMap;

type Map = BTreeMap<String, String>;

macro_rules! messages {
    ($($name:ident { $($(#[$meta:meta])* $field:ident : $type:ty),* $(,)? })*) => {$(
        #[derive(Clone, PartialEq, prost::Message)]
        pub struct $name { $($(#[$meta])* pub $field: $type),* }
    )*};
}

messages! {
    Empty {}
    VersionRequest { #[prost(string, tag = "1")] version: String }
    VersionResponse {
        #[prost(string, tag = "2")] runtime_name: String,
        #[prost(string, tag = "3")] runtime_version: String,
        #[prost(string, tag = "4")] runtime_api_version: String,
    }
    RuntimeCondition {
        #[prost(string, tag = "1")] kind: String,
        #[prost(bool, tag = "2")] status: bool,
        #[prost(string, tag = "3")] reason: String,
        #[prost(string, tag = "4")] message: String,
    }
    RuntimeStatus { #[prost(message, repeated, tag = "1")] conditions: Vec<RuntimeCondition> }
    StatusResponse { #[prost(message, optional, tag = "1")] status: Option<RuntimeStatus> }

    Mount {
        #[prost(string, tag = "1")] container_path: String,
        #[prost(string, tag = "2")] host_path: String,
        #[prost(bool, tag = "3")] readonly: bool,
        #[prost(int32, tag = "5")] propagation: i32,
    }
    NamespaceOption {
        #[prost(int32, tag = "1")] network: i32,
        #[prost(int32, tag = "2")] pid: i32,
        #[prost(int32, tag = "3")] ipc: i32,
        #[prost(string, tag = "4")] target_id: String,
    }
    Int64Value { #[prost(int64, tag = "1")] value: i64 }
    UInt64Value { #[prost(uint64, tag = "1")] value: u64 }
    SecurityProfile {
        #[prost(int32, tag = "1")] profile_type: i32,
        #[prost(string, tag = "2")] localhost_ref: String,
    }
    LinuxSandboxSecurityContext {
        #[prost(message, optional, tag = "1")] namespace_options: Option<NamespaceOption>,
        #[prost(message, optional, tag = "3")] run_as_user: Option<Int64Value>,
        #[prost(bool, tag = "6")] privileged: bool,
        #[prost(message, optional, tag = "8")] run_as_group: Option<Int64Value>,
        #[prost(message, optional, tag = "9")] seccomp: Option<SecurityProfile>,
    }
    LinuxPodSandboxConfig {
        #[prost(string, tag = "1")] cgroup_parent: String,
        #[prost(message, optional, tag = "2")] security_context: Option<LinuxSandboxSecurityContext>,
        #[prost(btree_map = "string, string", tag = "3")] sysctls: Map,
    }
    PodSandboxMetadata {
        #[prost(string, tag = "1")] name: String,
        #[prost(string, tag = "2")] uid: String,
        #[prost(string, tag = "3")] namespace: String,
        #[prost(uint32, tag = "4")] attempt: u32,
    }
    DnsConfig {
        #[prost(string, repeated, tag = "1")] servers: Vec<String>,
        #[prost(string, repeated, tag = "2")] searches: Vec<String>,
        #[prost(string, repeated, tag = "3")] options: Vec<String>,
    }
    PortMapping {
        #[prost(int32, tag = "1")] protocol: i32,
        #[prost(int32, tag = "2")] container_port: i32,
        #[prost(int32, tag = "3")] host_port: i32,
        #[prost(string, tag = "4")] host_ip: String,
    }
    PodSandboxConfig {
        #[prost(message, optional, tag = "1")] metadata: Option<PodSandboxMetadata>,
        #[prost(string, tag = "2")] hostname: String,
        #[prost(string, tag = "3")] log_directory: String,
        #[prost(message, optional, tag = "4")] dns_config: Option<DnsConfig>,
        #[prost(message, repeated, tag = "5")] port_mappings: Vec<PortMapping>,
        #[prost(btree_map = "string, string", tag = "6")] labels: Map,
        #[prost(btree_map = "string, string", tag = "7")] annotations: Map,
        #[prost(message, optional, tag = "8")] linux: Option<LinuxPodSandboxConfig>,
    }
    RunPodSandboxRequest {
        #[prost(message, optional, tag = "1")] config: Option<PodSandboxConfig>,
        #[prost(string, tag = "2")] runtime_handler: String,
    }
    PodSandboxId { #[prost(string, tag = "1")] pod_sandbox_id: String }
    PodSandboxStatusRequest {
        #[prost(string, tag = "1")] pod_sandbox_id: String,
        #[prost(bool, tag = "2")] verbose: bool,
    }
    PodSandboxNetworkStatus { #[prost(string, tag = "1")] ip: String }
    PodSandboxStatus {
        #[prost(string, tag = "1")] id: String,
        #[prost(message, optional, tag = "2")] metadata: Option<PodSandboxMetadata>,
        #[prost(int32, tag = "3")] state: i32,
        #[prost(message, optional, tag = "5")] network: Option<PodSandboxNetworkStatus>,
    }
    PodSandboxStatusResponse {
        #[prost(message, optional, tag = "1")] status: Option<PodSandboxStatus>,
        #[prost(btree_map = "string, string", tag = "2")] info: Map,
    }
    PodSandbox {
        #[prost(string, tag = "1")] id: String,
        #[prost(message, optional, tag = "2")] metadata: Option<PodSandboxMetadata>,
        #[prost(int32, tag = "3")] state: i32,
        #[prost(int64, tag = "4")] created_at: i64,
        #[prost(btree_map = "string, string", tag = "5")] labels: Map,
    }
    PodSandboxFilter { #[prost(btree_map = "string, string", tag = "3")] label_selector: Map }
    ListPodSandboxRequest { #[prost(message, optional, tag = "1")] filter: Option<PodSandboxFilter> }
    ListPodSandboxResponse { #[prost(message, repeated, tag = "1")] items: Vec<PodSandbox> }

    ImageSpec { #[prost(string, tag = "1")] image: String }
    ImageStatusRequest { #[prost(message, optional, tag = "1")] image: Option<ImageSpec> }
    ImageStatusResponse { #[prost(message, optional, tag = "1")] image: Option<Image> }
    Image {
        #[prost(string, tag = "1")] id: String,
        #[prost(string, repeated, tag = "2")] repo_tags: Vec<String>,
        #[prost(string, repeated, tag = "3")] repo_digests: Vec<String>,
        #[prost(uint64, tag = "4")] size: u64,
        #[prost(message, optional, tag = "5")] uid: Option<Int64Value>,
        #[prost(string, tag = "6")] username: String,
        #[prost(bool, tag = "8")] pinned: bool,
    }
    RemoveImageRequest { #[prost(message, optional, tag = "1")] image: Option<ImageSpec> }
    FilesystemIdentifier { #[prost(string, tag = "1")] mountpoint: String }
    FilesystemUsage {
        #[prost(message, optional, tag = "2")] fs_id: Option<FilesystemIdentifier>,
        #[prost(message, optional, tag = "3")] used_bytes: Option<UInt64Value>,
    }
    ImageFsInfoResponse {
        #[prost(message, repeated, tag = "1")] image_filesystems: Vec<FilesystemUsage>,
    }
    ListImagesResponse { #[prost(message, repeated, tag = "1")] images: Vec<Image> }
    PullImageRequest {
        #[prost(message, optional, tag = "1")] image: Option<ImageSpec>,
        #[prost(message, optional, tag = "2")] auth: Option<AuthConfig>,
    }
    AuthConfig {
        #[prost(string, tag = "1")] username: String,
        #[prost(string, tag = "2")] password: String,
    }
    PullImageResponse { #[prost(string, tag = "1")] image_ref: String }

    KeyValue {
        #[prost(string, tag = "1")] key: String,
        #[prost(string, tag = "2")] value: String,
    }
    LinuxContainerResources {
        #[prost(int64, tag = "1")] cpu_period: i64,
        #[prost(int64, tag = "2")] cpu_quota: i64,
        #[prost(int64, tag = "3")] cpu_shares: i64,
        #[prost(int64, tag = "4")] memory_limit_in_bytes: i64,
        #[prost(int64, tag = "5")] oom_score_adj: i64,
    }
    UpdateContainerResourcesRequest {
        #[prost(string, tag = "1")] container_id: String,
        #[prost(message, optional, tag = "2")] linux: Option<LinuxContainerResources>,
    }
    Capability {
        #[prost(string, repeated, tag = "1")] add_capabilities: Vec<String>,
        #[prost(string, repeated, tag = "2")] drop_capabilities: Vec<String>,
    }
    LinuxContainerSecurityContext {
        #[prost(message, optional, tag = "1")] capabilities: Option<Capability>,
        #[prost(bool, tag = "2")] privileged: bool,
        #[prost(message, optional, tag = "3")] namespace_options: Option<NamespaceOption>,
        #[prost(message, optional, tag = "5")] run_as_user: Option<Int64Value>,
        #[prost(string, tag = "6")] run_as_username: String,
        #[prost(bool, tag = "7")] readonly_rootfs: bool,
        #[prost(int64, repeated, tag = "8")] supplemental_groups: Vec<i64>,
        #[prost(bool, tag = "11")] no_new_privs: bool,
        #[prost(message, optional, tag = "12")] run_as_group: Option<Int64Value>,
        #[prost(string, repeated, tag = "13")] masked_paths: Vec<String>,
        #[prost(string, repeated, tag = "14")] readonly_paths: Vec<String>,
        #[prost(message, optional, tag = "15")] seccomp: Option<SecurityProfile>,
    }
    LinuxContainerConfig {
        #[prost(message, optional, tag = "1")] resources: Option<LinuxContainerResources>,
        #[prost(message, optional, tag = "2")] security_context: Option<LinuxContainerSecurityContext>,
    }
    ContainerMetadata {
        #[prost(string, tag = "1")] name: String,
        #[prost(uint32, tag = "2")] attempt: u32,
    }
    ContainerConfig {
        #[prost(message, optional, tag = "1")] metadata: Option<ContainerMetadata>,
        #[prost(message, optional, tag = "2")] image: Option<ImageSpec>,
        #[prost(string, repeated, tag = "3")] command: Vec<String>,
        #[prost(string, repeated, tag = "4")] args: Vec<String>,
        #[prost(string, tag = "5")] working_dir: String,
        #[prost(message, repeated, tag = "6")] envs: Vec<KeyValue>,
        #[prost(message, repeated, tag = "7")] mounts: Vec<Mount>,
        #[prost(btree_map = "string, string", tag = "9")] labels: Map,
        #[prost(btree_map = "string, string", tag = "10")] annotations: Map,
        #[prost(string, tag = "11")] log_path: String,
        #[prost(bool, tag = "12")] stdin: bool,
        #[prost(bool, tag = "13")] stdin_once: bool,
        #[prost(bool, tag = "14")] tty: bool,
        #[prost(message, optional, tag = "15")] linux: Option<LinuxContainerConfig>,
    }
    CreateContainerRequest {
        #[prost(string, tag = "1")] pod_sandbox_id: String,
        #[prost(message, optional, tag = "2")] config: Option<ContainerConfig>,
        #[prost(message, optional, tag = "3")] sandbox_config: Option<PodSandboxConfig>,
    }
    ContainerId { #[prost(string, tag = "1")] container_id: String }
    StopContainerRequest {
        #[prost(string, tag = "1")] container_id: String,
        #[prost(int64, tag = "2")] timeout: i64,
    }
    ContainerFilter { #[prost(btree_map = "string, string", tag = "4")] label_selector: Map }
    ListContainersRequest { #[prost(message, optional, tag = "1")] filter: Option<ContainerFilter> }
    Container {
        #[prost(string, tag = "1")] id: String,
        #[prost(string, tag = "2")] pod_sandbox_id: String,
        #[prost(message, optional, tag = "3")] metadata: Option<ContainerMetadata>,
        #[prost(message, optional, tag = "4")] image: Option<ImageSpec>,
        #[prost(string, tag = "5")] image_ref: String,
        #[prost(int32, tag = "6")] state: i32,
        #[prost(int64, tag = "7")] created_at: i64,
        #[prost(btree_map = "string, string", tag = "8")] labels: Map,
    }
    ListContainersResponse { #[prost(message, repeated, tag = "1")] containers: Vec<Container> }
    ContainerStatus {
        #[prost(string, tag = "1")] id: String,
        #[prost(message, optional, tag = "2")] metadata: Option<ContainerMetadata>,
        #[prost(int32, tag = "3")] state: i32,
        #[prost(int64, tag = "5")] started_at: i64,
        #[prost(int64, tag = "6")] finished_at: i64,
        #[prost(int32, tag = "7")] exit_code: i32,
        #[prost(message, optional, tag = "8")] image: Option<ImageSpec>,
        #[prost(string, tag = "9")] image_ref: String,
        #[prost(string, tag = "10")] reason: String,
        #[prost(string, tag = "11")] message: String,
        #[prost(btree_map = "string, string", tag = "12")] labels: Map,
        #[prost(string, tag = "15")] log_path: String,
    }
    ContainerStatusResponse { #[prost(message, optional, tag = "1")] status: Option<ContainerStatus> }

    ExecSyncRequest {
        #[prost(string, tag = "1")] container_id: String,
        #[prost(string, repeated, tag = "2")] cmd: Vec<String>,
        #[prost(int64, tag = "3")] timeout: i64,
    }
    ExecSyncResponse {
        #[prost(bytes = "vec", tag = "1")] stdout: Vec<u8>,
        #[prost(bytes = "vec", tag = "2")] stderr: Vec<u8>,
        #[prost(int32, tag = "3")] exit_code: i32,
    }
    ExecRequest {
        #[prost(string, tag = "1")] container_id: String,
        #[prost(string, repeated, tag = "2")] cmd: Vec<String>,
        #[prost(bool, tag = "3")] tty: bool,
        #[prost(bool, tag = "4")] stdin: bool,
        #[prost(bool, tag = "5")] stdout: bool,
        #[prost(bool, tag = "6")] stderr: bool,
    }
    AttachRequest {
        #[prost(string, tag = "1")] container_id: String,
        #[prost(bool, tag = "2")] stdin: bool,
        #[prost(bool, tag = "3")] tty: bool,
        #[prost(bool, tag = "4")] stdout: bool,
        #[prost(bool, tag = "5")] stderr: bool,
    }
    StreamUrl { #[prost(string, tag = "1")] url: String }

    HealthCheckRequest { #[prost(string, tag = "1")] service: String }
    HealthCheckResponse { #[prost(int32, tag = "1")] status: i32 }

    CpuUsage {
        #[prost(int64, tag = "1")] timestamp: i64,
        #[prost(message, optional, tag = "2")] usage_core_nano_seconds: Option<UInt64Value>,
    }
    MemoryUsage {
        #[prost(message, optional, tag = "2")] working_set_bytes: Option<UInt64Value>,
        #[prost(message, optional, tag = "4")] usage_bytes: Option<UInt64Value>,
    }
    ContainerStats {
        #[prost(message, optional, tag = "1")] attributes: Option<ContainerAttributes>,
        #[prost(message, optional, tag = "2")] cpu: Option<CpuUsage>,
        #[prost(message, optional, tag = "3")] memory: Option<MemoryUsage>,
        #[prost(message, optional, tag = "4")] writable_layer: Option<FilesystemUsage>,
    }
    ContainerAttributes { #[prost(string, tag = "1")] id: String }
    ListContainerStatsResponse { #[prost(message, repeated, tag = "1")] stats: Vec<ContainerStats> }
}

/// Of a sandbox: it can take containers.
pub const SANDBOX_READY: i32 = 0;
/// States of a container.
pub const CONTAINER_CREATED: i32 = 0;
pub const CONTAINER_RUNNING: i32 = 1;
pub const CONTAINER_EXITED: i32 = 2;
/// Namespaces: the pod's, the container's own, the node's, another container's.
pub const POD: i32 = 0;
pub const CONTAINER: i32 = 1;
pub const NODE: i32 = 2;
pub const TARGET: i32 = 3;
