package main

import (
	"strings"

	"github.com/drplan/drplan/engine"
)

// byHand is what a person would type in place of a step, one command a line.
// Expressions stay as they are: a person knows what they stand for, or looks it up.
func byHand(n engine.Node) []string {
	kind, ok := registry().Lookup(n.Type)
	if !ok {
		return nil
	}
	text, err := kind.Commands(specOf(n).Input)
	if err != nil {
		return nil // a test renders every kind's
	}
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}
