// Package docs holds no code, only the tests of what people read: the README,
// the pages beside this file and those of the examples. Every plan in them is
// checked, every command is run, every link must lead somewhere.
package docs

//go:generate sh -c "go run ../cmd/drplan explain --markdown >reference.md"
//go:generate sh -c "go run ../cmd/drplan lint --explain --markdown >rules.md"
