package database

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestDrill: everything comes back, and the RPO is that of the schedule, which
// the drill had no part in.
func TestDrill(t *testing.T) {
	s := newStage(t)
	r := s.drill(t, "--require-measured").Run()
	r.Succeeded(t)
	if r.RPO.Basis != "scheduled" || r.RPO.Actual == nil || *r.RPO.Actual <= 0 || r.RPO.Met == nil || !*r.RPO.Met {
		t.Errorf("RPO: %+v; want it measured on the schedule, above 0, and met", r.RPO)
	}
	if !strings.Contains(r.RPO.Reason, "WAL archiving") {
		t.Errorf("the report does not say on whose word: %q", r.RPO.Reason)
	}
	if left := s.sql(t, "SELECT count(*) FROM drplan_canary"); left != "0" {
		t.Errorf("%s canaries were left", left)
	}
	// Once more on what was restored: a second timeline, the same base backup.
	s.drill(t).Run().Succeeded(t)
}

// TestPointInTime: a mistake is undone, and what was before it is kept.
func TestPointInTime(t *testing.T) {
	s := newStage(t)
	s.sql(t, "INSERT INTO orders VALUES (1000001, 'placed after the base backup')")
	good := s.sql(t, "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')")
	s.sql(t, "DELETE FROM orders")
	mistake := s.sql(t, "SELECT pg_walfile_name(pg_current_wal_insert_lsn())")
	s.await(t, "SELECT last_archived_wal >= '"+mistake+"' FROM pg_stat_archiver")
	s.stop()
	r := s.drill(t, "-p", "target_time="+good, "--mode", "recovery", "--confirm", "database_loss").Run()
	if r.Code != 0 {
		t.Fatalf("exit code %d, failed: %v", r.Code, r.Failed())
	}
	if got := s.sql(t, "SELECT count(*), max(id) FROM orders"); got != "5001|1000001" {
		t.Errorf("the orders are %s; want 5001, the newest of them 1000001", got)
	}
	// What was there is kept.
	if got := len(glob(t, s.folder+"/data.before-*")); got != 1 {
		t.Errorf("%d folders of old data; want 1", got)
	}
}

// TestWhatStillLivesIsLeftAlone: a recovery never takes the place of a database
// that answers.
func TestWhatStillLivesIsLeftAlone(t *testing.T) {
	s := newStage(t)
	r := s.drill(t, "--mode", "recovery", "--confirm", "database_loss").Run()
	if _, failed := r.Failed()["keep"]; r.Code != 1 || !failed {
		t.Errorf("exit code %d, failed: %v; want 1, keep", r.Code, r.Failed())
	}
	if got := s.sql(t, "SELECT count(*) FROM orders"); got != "5000" {
		t.Errorf("%s orders are left", got)
	}
}

// await asks until the answer is t.
func (s *stage) await(t *testing.T, query string) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); s.sql(t, query) != "t"; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it did not come true: %s", query)
		}
	}
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return found
}
