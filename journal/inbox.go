package journal

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"time"
)

// Message is a person's answer, put beside a run for its writer to take.
type Message struct {
	Name string // orders messages by the time of Put, by its sender's clock
	Body []byte
}

// MaxMessage bounds the body of a message, in bytes.
const MaxMessage = 1 << 20

const messageTime = "20060102T150405.000000000Z"

var messageNames = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[0-9]{8}T[0-9]{6}\.[0-9]{9}Z-[0-9a-f]{16}$`)
})

// Put leaves a message in the inbox of the run in dir, whether somebody runs it
// or not. The file appears by rename, complete and synced.
func Put(dir string, body []byte) error {
	if len(body) > MaxMessage {
		return fmt.Errorf("put message: %d bytes, more than %d", len(body), MaxMessage)
	}
	inbox := filepath.Join(dir, inboxName)
	if !isRun(dir) {
		return fmt.Errorf("put message: %s: no run there: %w", dir, fs.ErrNotExist)
	}
	name := newMessageName(time.Now())
	tmp := filepath.Join(inbox, ".new-"+name)
	err := makeDirs(inbox)
	if err == nil {
		err = writeSynced(tmp, body)
	}
	if err == nil {
		err = os.Rename(tmp, filepath.Join(inbox, name))
	}
	if err == nil {
		err = syncDir(inbox)
	}
	if err != nil {
		os.Remove(tmp) // it may not even exist; the first error is the one that counts
		return fmt.Errorf("put message: %w", err)
	}
	return nil
}

func newMessageName(now time.Time) string {
	var nonce [8]byte
	rand.Read(nonce[:]) // never fails, says its documentation
	return now.UTC().Format(messageTime) + "-" + hex.EncodeToString(nonce[:])
}

// Inbox returns the messages that are not acknowledged yet, oldest first. Files
// that Put did not leave are not messages.
func (l *Log) Inbox() ([]Message, error) {
	if err := l.usable(); err != nil {
		return nil, err
	}
	return messagesIn(l.dir)
}

// Unread returns the messages in the inbox of the run in dir that its writer has
// not acknowledged yet, oldest first. It neither locks nor writes; a message that
// is taken meanwhile is left out.
func Unread(dir string) ([]Message, error) {
	messages, err := messagesIn(dir)
	if errors.Is(err, fs.ErrNotExist) { // the inbox is made when it is needed
		return messages, nil
	}
	return messages, err
}

// MessageFile is where a message of the run in dir stands.
func MessageFile(dir, name string) string { return filepath.Join(dir, inboxName, name) }

func messagesIn(dir string) ([]Message, error) {
	names, err := waiting(dir)
	if err != nil {
		return nil, fmt.Errorf("read inbox: %w", err)
	}
	var messages []Message
	for _, name := range names {
		body, err := os.ReadFile(MessageFile(dir, name))
		if errors.Is(err, fs.ErrNotExist) { // taken meanwhile
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read inbox: %w", err)
		}
		messages = append(messages, Message{Name: name, Body: body})
	}
	return messages, nil
}

func (l *Log) waiting() ([]string, error) { return waiting(l.dir) }

// waiting lists the messages' names in order.
func waiting(dir string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(dir, inboxName))
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if e.Type().IsRegular() && messageNames().MatchString(e.Name()) {
			names = append(names, e.Name())
		}
	}
	return names, nil // ReadDir sorts
}

// Ack removes a message. Call it when its event is on disk: a crash in between
// shows the message again, so the event has to carry the message's name. One
// that is gone already is no error.
func (l *Log) Ack(name string) error {
	if err := l.usable(); err != nil {
		return err
	}
	if !messageNames().MatchString(name) {
		return fmt.Errorf("acknowledge message: %q is not a message's name", name)
	}
	inbox := filepath.Join(l.dir, inboxName)
	err := os.Remove(filepath.Join(inbox, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = syncDir(inbox)
	}
	if err != nil {
		return fmt.Errorf("acknowledge message: %w", err)
	}
	return nil
}
