package datadir

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// plannedAtOnce is a marked place of an old folder and a fresh one.
func plannedAtOnce(t *testing.T) Place {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	put(t, dir, "old")
	p, err := Plan(dir, "", "tag")
	if err != nil {
		t.Fatal(err)
	}
	put(t, p.Fresh, "fresh")
	if err := p.Mark(); err != nil {
		t.Fatal(err)
	}
	return p
}

func put(t *testing.T, dir, content string) {
	t.Helper()
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "what"), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func holds(t *testing.T, dir, want string) {
	t.Helper()
	got, err := os.ReadFile(filepath.Join(dir, "what"))
	if want == "" {
		if !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s holds %q, error %v; want nothing there", dir, got, err)
		}
		return
	}
	if err != nil || string(got) != want {
		t.Errorf("%s holds %q, error %v; want %q", dir, got, err, want)
	}
}

// halves are what a crash can leave of an exchange in one step.
var halves = map[string]func(t *testing.T, p Place){
	"not begun": func(*testing.T, Place) {},
	"exchanged, the old folder has not its last name": func(t *testing.T, p Place) {
		if made, err := p.trade(p.Fresh); !made || err != nil {
			t.Skipf("the file system of temporary files cannot exchange: %v", err)
		}
	},
	"done": func(t *testing.T, p Place) {
		if err := p.Forward(); err != nil {
			t.Fatal(err)
		}
	},
	"two renames, after the first": func(t *testing.T, p Place) {
		if err := os.Rename(p.Live, p.Old); err != nil {
			t.Fatal(err)
		}
	},
	"going back, the fresh folder has the old one's name": func(t *testing.T, p Place) {
		if err := os.Rename(p.Fresh, p.Old); err != nil {
			t.Fatal(err)
		}
	},
}

func TestForwardFromEveryHalf(t *testing.T) {
	for name, begin := range halves {
		if name == "going back, the fresh folder has the old one's name" {
			continue // who goes back goes on going back
		}
		t.Run(name, func(t *testing.T) {
			p := plannedAtOnce(t)
			begin(t, p)
			for range 2 {
				if err := p.Forward(); err != nil {
					t.Fatal(err)
				}
				holds(t, p.Live, "fresh")
				holds(t, p.Old, "old")
				holds(t, p.Fresh, "")
				if !p.Swapped() {
					t.Error("it does not say that it is swapped")
				}
			}
		})
	}
}

func TestBackFromEveryHalf(t *testing.T) {
	for name, begin := range halves {
		t.Run(name, func(t *testing.T) {
			p := plannedAtOnce(t)
			begin(t, p)
			for range 2 {
				if err := p.Back(); err != nil {
					t.Fatal(err)
				}
				holds(t, p.Live, "old")
				holds(t, p.Old, "")
				holds(t, p.Fresh, "")
			}
		})
	}
}

// TestAlwaysALiveFolder looks at the live name while it is exchanged, there and
// back: a supervisor that looks must never find nothing.
func TestAlwaysALiveFolder(t *testing.T) {
	p := plannedAtOnce(t)
	if made, err := p.trade(p.Fresh); !made || err != nil {
		t.Skipf("the file system of temporary files cannot exchange: %v", err)
	}
	if _, err := p.trade(p.Fresh); err != nil {
		t.Fatal(err)
	}
	stop, missing := make(chan struct{}), make(chan int)
	go func() {
		n := 0
		for {
			select {
			case <-stop:
				missing <- n
				return
			default:
				if err := unix.Access(p.Live, unix.F_OK); err != nil {
					n++
				}
			}
		}
	}()
	for range 200 {
		if err := p.Forward(); err != nil {
			t.Fatal(err)
		}
		if _, err := p.trade(p.Old); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(p.Old, p.Fresh); err != nil {
			t.Fatal(err)
		}
	}
	close(stop)
	if n := <-missing; n > 0 {
		t.Errorf("%d times there was no live folder", n)
	}
}

// TestClearSparesTheOldFolder: under the fresh one's name.
func TestClearSparesTheOldFolder(t *testing.T) {
	p := plannedAtOnce(t)
	if made, err := p.trade(p.Fresh); !made || err != nil {
		t.Skipf("the file system of temporary files cannot exchange: %v", err)
	}
	if err := p.Clear(); err == nil {
		t.Error("it was to be refused")
	}
	holds(t, p.Fresh, "old")
}
