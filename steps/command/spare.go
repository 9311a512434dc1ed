package command

import (
	"os"
	"syscall"
	"time"
)

const (
	// keepHead is how many bytes of the beginning of each of a program's two
	// outputs are kept, and passed on.
	keepHead = 8 << 20
	// keepTail is how many bytes of the end are kept at least: an error has it.
	keepTail = 64 << 10
	// spareBlock is what file systems give back at least, in bytes.
	spareBlock = 64 << 10
)

// How often the size of a program's output is looked at, while it grows and
// while it rests. A program that writes 1 GB/s is ahead of a look by a few MB.
const (
	spareBusy = 5 * time.Millisecond
	spareIdle = 25 * time.Millisecond
)

// spare keeps a program's output from filling the disk that the journal is on:
// what lies between head and tail is given back to the file system while the
// program writes. The program has a file, and neither a pipe that could be full
// nor one whose reader could die: it is never stopped by its own output.
type spare struct {
	files []*os.File
	freed []int64 // up to where each has no blocks after its head
}

// spareDisk begins; stop ends it, when the program has ended.
func spareDisk(files []*os.File) (stop func()) {
	s := &spare{files: files, freed: []int64{keepHead, keepHead}}
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			pause := spareIdle
			if s.look() {
				pause = spareBusy
			}
			select {
			case <-done:
				s.look()
				return
			case <-time.After(pause):
			}
		}
	}()
	return func() { close(done); <-ended }
}

// look frees what it may, and reports whether there was something.
func (s *spare) look() (busy bool) {
	for i, f := range s.files {
		info, err := f.Stat()
		if err != nil {
			continue
		}
		to := (info.Size() - keepTail) / spareBlock * spareBlock
		if to <= s.freed[i] {
			continue
		}
		if upTo, err := free(f, s.freed[i], to); err == nil {
			s.freed[i] = upTo
		}
		busy = true
	}
	return busy
}

// cutAtHead is for file systems that cannot make a hole: what the program writes
// next follows the head at once.
func cutAtHead(f *os.File) (upTo int64, err error) {
	return keepHead, syscall.Ftruncate(int(f.Fd()), keepHead)
}
