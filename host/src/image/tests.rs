//! Descriptions of images: of the Pythons there are, beside what these say of themselves, and of
//! trees that were made up.

mod real;
