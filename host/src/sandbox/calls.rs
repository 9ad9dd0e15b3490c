//! The component's functions, each with the access that it gets.

use super::limits::time_for;
use super::transaction::Purpose;
use super::{Access, Answer, Held, Sandbox};
use crate::bindings::ensurepip::bootstrap::types::CheckedFile;
use crate::bindings::exports::ensurepip::bootstrap::installer::{
    Found, PlacedBytecode, PlacedFile, PlanReport, ReadFile, Request, WheelInfo,
};
use crate::convert;
use crate::error::Error;
use crate::facts::Facts;
use crate::wheels::{Contents, Wheel};
use ensurepip_wheels::BundledWheel;
use std::sync::Arc;
use wasmtime::component::ResourceAny;

impl Sandbox {
    /// Checks a wheel. Other instances have read the files in `read_elsewhere`.
    pub(crate) fn check(
        &mut self,
        wheel: &Arc<Wheel>,
        read_elsewhere: &[ReadFile],
    ) -> Result<Answer<WheelInfo>, Error> {
        let held = self.hold(wheel)?;
        self.call(Access::default(), |instance, store| {
            let wheels = instance.ensurepip_bootstrap_installer().wheel();
            wheels.call_check(store, held, read_elsewhere)
        })
    }

    /// Reads one part of a wheel's files, and keeps them in the instance.
    pub(crate) fn read_part(
        &mut self,
        wheel: &Arc<Wheel>,
        (part, parts): (u32, u32),
    ) -> Result<Vec<ReadFile>, Error> {
        let held = self.hold(wheel)?;
        self.call(Access::default(), |instance, store| {
            let wheels = instance.ensurepip_bootstrap_installer().wheel();
            wheels.call_read_part(store, held, part, parts)
        })
    }

    /// Whether the instance has this wheel in memory.
    pub(super) fn holds(&self, wheel: &Wheel) -> bool {
        self.held.as_ref().is_some_and(|held| held.wheel.is_same(wheel))
    }

    /// Returns the contents of these files of the wheel that the instance holds.
    pub(super) fn read(&mut self, entries: &[u32]) -> Result<Vec<Option<Vec<u8>>>, Error> {
        let held = self.held()?;
        self.call(Access::default(), |instance, store| {
            instance.ensurepip_bootstrap_installer().wheel().call_read(store, held, entries)
        })
    }

    /// Stages this instance's share of the wheel that it holds. Returns how many of these files it
    /// had.
    pub(super) fn stage_share(
        &mut self,
        access: Access,
        files: &[PlacedFile],
        bytecode: &[PlacedBytecode],
    ) -> Result<Answer<u32>, Error> {
        let held = self.held()?;
        self.call(access, |instance, store| {
            let wheels = instance.ensurepip_bootstrap_installer().wheel();
            wheels.call_stage_share(store, held, files, bytecode)
        })
    }

    /// The wheel that the instance holds.
    fn held(&self) -> Result<ResourceAny, Error> {
        let held = self.held.as_ref().map(|held| held.resource);
        held.ok_or_else(|| Error::Component("it was given no wheel".to_owned()))
    }

    /// Passes a wheel to the instance, unless it already holds this one. It holds one wheel at a
    /// time. From now on the instance has as much time as the wheel requires.
    pub(super) fn hold(&mut self, wheel: &Arc<Wheel>) -> Result<ResourceAny, Error> {
        self.time_for_wheel = time_for(wheel.contents.size());
        if self.holds(wheel) {
            return self.held();
        }
        // There may not be room for both.
        if let Some(Held { resource, .. }) = self.held.take() {
            self.call(Access::default(), |_, store| resource.resource_drop(store))?;
        }
        let resource = match &wheel.contents {
            Contents::Archive(bytes) => self.call(Access::default(), |instance, store| {
                let wheels = instance.ensurepip_bootstrap_installer().wheel();
                wheels.call_constructor(store, &wheel.name, bytes, wheel.trusted)
            })?,
            Contents::Bundled(bundled) => self.pass_bundled(bundled)?,
        };
        self.held = Some(Held { wheel: Arc::clone(wheel), resource });
        Ok(resource)
    }

    /// Passes a wheel that was checked when the program was built.
    fn pass_bundled(&mut self, wheel: &BundledWheel) -> Result<ResourceAny, Error> {
        let name = wheel.file_name;
        let damaged = |_| Error::WheelDamaged { file_name: name.to_owned() };
        let contents = wheel.contents.unpack().map_err(damaged)?;
        let files: Vec<CheckedFile> = wheel.files.iter().map(convert::checked_file).collect();
        let passed = self.call(Access::default(), |instance, store| {
            let wheels = instance.ensurepip_bootstrap_installer().wheel();
            wheels.call_checked(store, name, &files, &contents)
        })?;
        passed.map_err(|error| Error::Component(format!("it refuses `{name}`: {error:?}")))
    }

    /// Finds the scheme, and the version that would be kept for a wheel of this name.
    pub(crate) fn find(
        &mut self,
        access: Access,
        wheel_name: &str,
        facts: &Facts,
        upgrade: bool,
    ) -> Result<Answer<Found>, Error> {
        let python = convert::python(facts);
        self.call(access, |instance, store| {
            let installer = instance.ensurepip_bootstrap_installer();
            installer.call_find(store, wheel_name, &python, upgrade)
        })
    }

    /// Returns what would be done.
    pub(crate) fn plan(
        &mut self,
        access: &Access,
        wheel: &Arc<Wheel>,
        facts: &Facts,
        request: &Request,
    ) -> Result<Answer<PlanReport>, Error> {
        let (held, python) = (self.hold(wheel)?, convert::python(facts));
        let answer = self.call_with_retries(access, |instance, store| {
            instance.ensurepip_bootstrap_installer().call_plan(store, &[held], &python, request)
        })?;
        let plan = match answer {
            Ok(plans) => of_one_wheel(plans)?,
            Err(error) => return Ok(Err(error)),
        };
        Purpose::Installation.check(&plan.action)?;
        Ok(Ok(plan))
    }
}

/// What the component has answered for the one wheel that it was given.
pub(crate) fn of_one_wheel<T>(answers: Vec<T>) -> Result<T, Error> {
    let [answer] = <[T; 1]>::try_from(answers).map_err(|answers| {
        Error::Component(format!("it was given one wheel, and answered for {}", answers.len()))
    })?;
    Ok(answer)
}
