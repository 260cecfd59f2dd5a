//! The controller manager (upstream's `kube-controller-manager`): each controller watches through shared informers, queues
//! keys, and reconciles them in its own name.

pub mod apiextensions;
pub mod certificates;
pub mod clusterroleaggregation;
pub mod cronjob;
pub mod daemonset;
pub mod deployment;
pub mod disruption;
pub mod endpoint_util;
pub mod endpoints;
pub mod endpointslice;
pub mod endpointslicemirroring;
pub mod ephemeral;
pub mod expectations;
pub mod garbagecollector;
pub mod history;
pub mod ingress;
pub mod job;
pub mod manager;
pub mod namespace;
pub mod nodeipam;
pub mod nodelifecycle;
pub mod persistentvolume;
pub mod pod_control;
pub mod podautoscaler;
pub mod podgc;
pub mod ref_manager;
pub mod replicaset;
pub mod resourcequota;
pub mod rest_mapper;
pub mod runner;
pub mod service;
pub mod serviceaccount;
pub mod servicecidrs;
pub mod statefulset;
pub mod stores;
pub mod tainteviction;
pub mod tokencleaner;
pub mod ttlafterfinished;
pub mod validatingadmissionpolicystatus;

pub use manager::{ControllerManager, ControllerManagerConfig};
