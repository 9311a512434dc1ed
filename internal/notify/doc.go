// Package notify tells people about a run while it goes on: over Slack, over what
// takes Slack's messages, and as JSON to any other webhook.
//
// A [Fold] turns the events of a run into messages: that it began, that it waits for
// somebody, that a step failed, that the objective has passed, how it ended; and,
// when nobody reacts, the same once more to those who are called next. It is pure: the
// same journal gives the same messages, of a resumed run too, and a message has an id
// by which it is told once.
//
// A [Notifier] sends them. Nothing that it does can stop or slow a run: events are
// handed over without waiting, each channel has a queue of its own with a limit, and
// what could not be sent is put down and passed over. Who was told what, when, and
// with which success stands in a [Record] beside the journal.
//
// The package must not know how a run is driven or how a plan is written. Text of
// steps is hostile here: it must neither call a whole channel nor pose as a link.
package notify
