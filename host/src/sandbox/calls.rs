//! The component's functions, each with the access that it gets.

use super::limits::time_for;
use super::transaction::{Purpose, of_each_wheel};
use super::{Access, Answer, Held, Sandbox};
use crate::bindings::ensurepip::bootstrap::types::{self, CheckedFile};
use crate::bindings::exports::ensurepip::bootstrap::installer::{
    Found, PlacedBytecode, PlacedFile, PlanReport, ReadFile, Request, WheelInfo,
};
use crate::convert;
use crate::digest::hexadecimal;
use crate::error::Error;
use crate::facts::Facts;
use crate::wheels::{Contents, Wheel};
use ensurepip_wheels::BundledWheel;
use std::slice;
use std::sync::Arc;
use wasmtime::component::ResourceAny;

impl Sandbox {
    /// Checks a wheel. Other instances have read the files in `read_elsewhere`. Of the wheels that the
    /// instance holds, it keeps those in `beside`.
    pub(crate) fn check(
        &mut self,
        wheel: &Arc<Wheel>,
        read_elsewhere: &[ReadFile],
        beside: &[Arc<Wheel>],
    ) -> Result<Answer<WheelInfo>, Error> {
        let wheels: Vec<_> = beside.iter().chain([wheel]).cloned().collect();
        self.hold(&wheels)?;
        let held = self.held(beside.len())?;
        let checked = self.call(Access::default(), |instance, store| {
            let wheels = instance.ensurepip_bootstrap_installer().wheel();
            wheels.call_check(store, held, read_elsewhere)
        })?;
        // It may have been trusted for the digest of what is not there any more.
        let digest = checked.as_ref().ok().map(|info| info.sha256.as_deref().map(hexadecimal));
        match digest {
            Some(digest)
                if wheel.directory().is_some() && digest.as_ref() != Some(&wheel.sha256) =>
            {
                Err(wheel.changed())
            }
            _ => Ok(checked),
        }
    }

    /// Reads one part of a wheel's files, and keeps them in the instance.
    pub(crate) fn read_part(
        &mut self,
        wheel: &Arc<Wheel>,
        (part, parts): (u32, u32),
    ) -> Result<Vec<ReadFile>, Error> {
        self.hold(slice::from_ref(wheel))?;
        let held = self.held(0)?;
        self.call(Access::default(), |instance, store| {
            let wheels = instance.ensurepip_bootstrap_installer().wheel();
            wheels.call_read_part(store, held, part, parts)
        })
    }

    /// Whether the instance has this wheel in memory, as the first.
    pub(super) fn holds(&self, wheel: &Wheel) -> bool {
        self.held.first().is_some_and(|held| held.wheel.is_same(wheel))
    }

    /// Returns the contents of these files of one of the wheels that the instance holds.
    pub(super) fn read(
        &mut self,
        wheel: usize,
        entries: &[u32],
    ) -> Result<Vec<Option<Vec<u8>>>, Error> {
        let resource = self.held(wheel)?;
        let contents = self.call(Access::default(), |instance, store| {
            instance.ensurepip_bootstrap_installer().wheel().call_read(store, resource, entries)
        })?;
        match self.held.get(wheel).map(|held| &held.wheel) {
            Some(wheel) if wheel.directory().is_some() && contents.contains(&None) => {
                Err(wheel.changed())
            }
            _ => Ok(contents),
        }
    }

    /// Stages this instance's share of the first wheel that it holds. Returns how many of these files
    /// it had.
    pub(super) fn stage_share(
        &mut self,
        access: Access,
        files: &[PlacedFile],
        bytecode: &[PlacedBytecode],
    ) -> Result<Answer<u32>, Error> {
        let held = self.held(0)?;
        self.call(access, |instance, store| {
            let wheels = instance.ensurepip_bootstrap_installer().wheel();
            wheels.call_stage_share(store, held, files, bytecode)
        })
    }

    /// The wheel of this number among those that the instance holds.
    fn held(&self, number: usize) -> Result<ResourceAny, Error> {
        let held = self.held.get(number).map(|held| held.resource);
        held.ok_or_else(|| Error::Component(format!("it was given no wheel {number}")))
    }

    /// Passes wheels to the instance, unless it already holds them. It holds these alone, in this
    /// order. From now on the instance has as much time as they require.
    pub(super) fn hold(&mut self, wheels: &[Arc<Wheel>]) -> Result<Vec<ResourceAny>, Error> {
        self.time_for_wheels = time_for(wheels.iter().map(|wheel| wheel.contents.size()).sum());
        self.store.data_mut().wheels = wheels.iter().find_map(|wheel| wheel.directory()).cloned();
        let held = std::mem::take(&mut self.held);
        let is_wanted = |held: &Held| wheels.iter().any(|wheel| held.wheel.is_same(wheel));
        let (mut wanted, others): (Vec<_>, Vec<_>) = held.into_iter().partition(is_wanted);
        // There may not be room for all.
        for Held { resource, .. } in others {
            self.call(Access::default(), |_, store| resource.resource_drop(store))?;
        }
        for wheel in wheels {
            let held = match wanted.iter().position(|held| held.wheel.is_same(wheel)) {
                Some(index) => wanted.swap_remove(index),
                None => Held { wheel: Arc::clone(wheel), resource: self.pass(wheel)? },
            };
            self.held.push(held);
        }
        Ok(self.held.iter().map(|held| held.resource).collect())
    }

    /// Passes a wheel to the instance.
    fn pass(&mut self, wheel: &Wheel) -> Result<ResourceAny, Error> {
        match &wheel.contents {
            Contents::Archive(bytes) => self.call(Access::default(), |instance, store| {
                let wheels = instance.ensurepip_bootstrap_installer().wheel();
                wheels.call_constructor(store, &wheel.name, bytes, wheel.trusted)
            }),
            Contents::File { .. } => self.pass_file(wheel),
            Contents::Bundled(bundled) => self.pass_bundled(bundled),
        }
    }

    /// Has the instance take a wheel from its directory, which it may read.
    fn pass_file(&mut self, wheel: &Wheel) -> Result<ResourceAny, Error> {
        let opened = self.call(Access::default(), |instance, store| {
            let wheels = instance.ensurepip_bootstrap_installer().wheel();
            wheels.call_in_directory(store, &wheel.name, wheel.trusted)
        })?;
        opened.map_err(|error| match error {
            types::Error::UnreadableWheel(_) => wheel.changed(),
            error => Error::Component(format!("it refuses to open `{}`: {error:?}", wheel.name)),
        })
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
        access: &Access,
        wheel_name: &str,
        facts: &Facts,
        upgrade: bool,
    ) -> Result<Answer<Found>, Error> {
        let python = convert::python(facts);
        self.call_with_retries(access, |instance, store| {
            let installer = instance.ensurepip_bootstrap_installer();
            installer.call_find(store, wheel_name, &python, upgrade)
        })
    }

    /// Returns what would be done, for each wheel.
    pub(crate) fn plan(
        &mut self,
        access: &Access,
        wheels: &[Arc<Wheel>],
        facts: &Facts,
        request: &Request,
    ) -> Result<Answer<Vec<PlanReport>>, Error> {
        let (held, python) = (self.hold(wheels)?, convert::python(facts));
        let answer = self.call_with_retries(access, |instance, store| {
            instance.ensurepip_bootstrap_installer().call_plan(store, &held, &python, request)
        })?;
        let plans = match answer {
            Ok(plans) => of_each_wheel(plans, wheels.len())?,
            Err(error) => return Ok(Err(error)),
        };
        plans.iter().try_for_each(|plan| Purpose::Installation.check(&plan.action))?;
        Ok(Ok(plans))
    }
}
