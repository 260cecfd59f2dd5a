//! Adoption and release of objects by the label selector of a controlling object (upstream's `controller_ref_manager.go`).

use super::runner::{Error, Work};
use super::stores::Kind;
use crate::apimachinery::{Selector, Value, meta};
use crate::client::{ApiError, PatchType};
use crate::tree;

/// Claims objects for one controlling object.
pub struct RefManager<'a> {
    /// The controlling object.
    pub owner: &'a Value,
    /// Its resource.
    pub owner_kind: Kind,
    /// What it selects.
    pub selector: &'a Selector,
    /// The resource of the objects it controls.
    pub kind: Kind,
    /// Finalizers that an adopted object is given.
    pub finalizers: &'a [&'static str],
    can_adopt: Option<Result<(), Error>>,
}

impl<'a> RefManager<'a> {
    /// Claims objects of `kind` for `owner`.
    pub fn new(owner: &'a Value, owner_kind: Kind, selector: &'a Selector, kind: Kind) -> Self {
        Self {
            owner,
            owner_kind,
            selector,
            kind,
            finalizers: &[],
            can_adopt: None,
        }
    }

    /// The objects among `candidates` that belong to the owner: those it controls and selects, and those it could adopt.
    /// What it controls and no longer selects is released. `filter` must hold for what is to be adopted or kept.
    pub fn claim(
        &mut self,
        work: &mut Work<'_, '_>,
        candidates: Vec<Value>,
        filter: impl Fn(&Value) -> bool,
    ) -> Result<Vec<Value>, Error> {
        let mut claimed = Vec::with_capacity(candidates.len());
        let mut first_error = None;
        for object in candidates {
            match self.claim_object(work, &object, &filter) {
                Ok(true) => claimed.push(object),
                Ok(false) => {}
                Err(e) => first_error = first_error.or(Some(e)),
            }
        }
        first_error.map_or(Ok(claimed), Err)
    }

    fn claim_object(
        &mut self,
        work: &mut Work<'_, '_>,
        object: &Value,
        filter: &impl Fn(&Value) -> bool,
    ) -> Result<bool, Error> {
        let matches = self.selector.matches_object(object) && filter(object);
        if let Some(reference) = object.controller_of() {
            if reference.get("uid").str() != self.owner.uid() {
                return Ok(false);
            }
            if matches {
                return Ok(true);
            }
            if self.owner.is_terminating() {
                return Ok(false);
            }
            return ignore_gone(self.release(work, object)).map(|_| false);
        }
        if self.owner.is_terminating() || !matches || object.is_terminating() {
            return Ok(false);
        }
        match self.adopt(work, object) {
            Err(Error::Api(e)) if e.is_not_found() => Ok(false),
            other => other.map(|()| true),
        }
    }

    /// Asks the server itself whether the owner still is the one that is known here.
    fn may_adopt(&mut self, work: &mut Work<'_, '_>) -> Result<(), Error> {
        if self.can_adopt.is_none() {
            self.can_adopt = Some(self.ask(work));
        }
        self.can_adopt.clone().unwrap_or(Ok(()))
    }

    fn ask(&self, work: &mut Work<'_, '_>) -> Result<(), Error> {
        let def = self.owner_kind.def();
        let fresh = work
            .cx
            .get(def, self.owner.namespace(), self.owner.name())?;
        if fresh.uid() != self.owner.uid() {
            return Err(Error::other(format!(
                "original {} {}/{} is gone: got uid {}, wanted {}",
                def.kind,
                self.owner.namespace(),
                self.owner.name(),
                fresh.uid(),
                self.owner.uid()
            )));
        }
        if fresh.is_terminating() {
            return Err(Error::other(format!(
                "{}/{} has just been deleted at {}",
                self.owner.namespace(),
                self.owner.name(),
                fresh.meta().get("deletionTimestamp").str()
            )));
        }
        Ok(())
    }

    fn adopt(&mut self, work: &mut Work<'_, '_>, object: &Value) -> Result<(), Error> {
        self.may_adopt(work)?;
        let def = self.owner_kind.def();
        let reference = meta::new_controller_ref(self.owner, &def.api_version(), def.kind);
        let mut patch = tree!({"metadata": {"uid": object.uid()}});
        patch.set_at(&["metadata", "ownerReferences"], vec![reference]);
        for finalizer in self.finalizers {
            patch.at_mut(&["metadata", "finalizers"]).push(*finalizer);
        }
        self.patch(work, object, patch).map(|_| ())
    }

    fn release(&self, work: &mut Work<'_, '_>, object: &Value) -> Result<(), Error> {
        let patch = tree!({"metadata": {
            "uid": object.uid(),
            "ownerReferences": [{"$patch": "delete", "uid": self.owner.uid()}],
        }});
        match self.patch(work, object, patch) {
            // The object was deleted and made anew: there is nothing to release.
            Err(Error::Api(e)) if e.reason() == "Invalid" => Ok(()),
            other => other.map(|_| ()),
        }
    }

    fn patch(&self, work: &mut Work<'_, '_>, object: &Value, patch: Value) -> Result<Value, Error> {
        Ok(work.cx.patch(
            self.kind.def(),
            object.namespace(),
            object.name(),
            "",
            PatchType::Strategic,
            patch,
        )?)
    }
}

fn ignore_gone(result: Result<(), Error>) -> Result<(), Error> {
    match result {
        Err(Error::Api(e)) if ApiError::is_not_found(&e) => Ok(()),
        other => other,
    }
}
