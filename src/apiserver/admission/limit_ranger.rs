//! Defaults and bounds of limit ranges (`plugin/pkg/admission/limitranger`).

use super::Attributes;
use crate::apimachinery::status::Status;
use crate::apiserver::ApiServer;
use crate::apiserver::call::Call;

impl ApiServer {
    pub(super) fn admit_limits(&self, _call: &Call, _a: &mut Attributes<'_>) -> Result<(), Status> {
        Ok(())
    }
    pub(super) fn validate_limits(&self, _call: &Call, _a: &Attributes<'_>) -> Result<(), Status> {
        Ok(())
    }
}
