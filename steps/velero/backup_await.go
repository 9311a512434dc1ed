package velero

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"

	"github.com/drplan/drplan/steps/velero/internal/server"
)

// await watches the backup until it has ended. When ctx is done before, the
// error says what the backup was waiting for.
func (m maker) await(ctx context.Context) (*velerov1.Backup, error) {
	volumes, stop := m.followVolumes(ctx)
	defer stop()
	var list velerov1.BackupList
	var last *velerov1.Backup
	err := m.Await(ctx, &list, func() (bool, error) {
		if len(list.Items) == 0 {
			return false, errGone
		}
		last = list.Items[0].DeepCopy()
		volumes.look(last)
		return server.OfBackup(last.Status.Phase).Ended(), nil
	}, m.One(m.name())...)
	if err != nil && ctx.Err() != nil {
		return nil, fmt.Errorf("%w: %s", err, m.blocked(ctx, last))
	}
	return last, err
}

// progress puts what the backup and its volumes say into one line.
type progress struct {
	sync.Mutex
	backup  string
	volumes server.Volumes
	say     func(string)
}

func (p *progress) look(b *velerov1.Backup) {
	p.Lock()
	defer p.Unlock()
	p.backup = where(b)
	p.show()
}

func (p *progress) moved(all []velerov1.PodVolumeBackup) {
	p.Lock()
	defer p.Unlock()
	p.volumes = server.CountVolumes(all)
	p.show()
}

func (p *progress) show() {
	parts := []string{p.backup}
	if v := p.volumes.String(); v != "" {
		parts = append(parts, v)
	}
	p.say(strings.Join(parts, ", "))
}

// where is how far a backup is: its phase, unless it works, and its items.
func where(b *velerov1.Backup) string {
	phase := cmp.Or(b.Status.Phase, velerov1.BackupPhaseNew)
	text := ""
	if phase != velerov1.BackupPhaseInProgress {
		text = string(phase)
	}
	if n := b.Status.QueuePosition; n > 0 {
		text += fmt.Sprintf(" (place %d in the queue)", n)
	}
	if p := b.Status.Progress; p != nil {
		text += fmt.Sprintf(" %d of %d items", p.ItemsBackedUp, p.TotalItems)
	}
	return strings.TrimSpace(cmp.Or(text, string(phase)))
}

// followVolumes watches the volumes of the backup beside it: while the files of
// one are read, nothing moves in the backup itself.
func (m maker) followVolumes(ctx context.Context) (*progress, func()) {
	p := &progress{say: m.in.Progress}
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() {
		var list velerov1.PodVolumeBackupList
		_ = m.Await(ctx, &list, func() (bool, error) { // it only tells; the backup's own watch decides
			if len(list.Items) > 0 {
				p.moved(list.Items)
			}
			return false, nil
		}, m.OfBackupName(m.name())...)
	})
	return p, func() { cancel(); wg.Wait() }
}

// askTime bounds questions that are asked when the step's own time is over.
const askTime = 2 * time.Second

// blocked says what stands in the way of a backup that did not end in time.
func (m maker) blocked(ctx context.Context, b *velerov1.Backup) string {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), askTime)
	defer cancel()
	if b == nil {
		return "the backup was not seen"
	}
	text := "backup " + server.DescribeBackup(*b)
	if server.BackupWaits(b.Status.Phase) {
		return text + m.queue(ctx, b)
	}
	volumes, err := m.PodVolumeBackups(ctx, b.Name)
	if open := server.CountVolumes(volumes).Open; err == nil && len(open) > 0 {
		text += "; it waits for " + few(open)
	}
	return text + "; it goes on, and another attempt makes another one"
}

// queue says why a backup was not begun.
func (m maker) queue(ctx context.Context, b *velerov1.Backup) string {
	open, err := m.UnfinishedBackups(ctx)
	if err != nil {
		return ""
	}
	var before []string
	for _, o := range open {
		if o.Name != b.Name && !server.BackupWaits(o.Status.Phase) {
			before = append(before, server.DescribeBackup(o))
		}
	}
	if len(before) > 0 {
		return ", behind: " + few(before)
	}
	if check := m.CheckRunning(ctx); check.Err != nil {
		return ": " + check.Err.Error()
	}
	return fmt.Sprintf(": the server has not begun it; look at kubectl -n %s logs deployment/velero", m.Namespace)
}

// fewShown is how many things of a kind an error names.
const fewShown = 3

// few joins the first of a list and counts the rest.
func few(list []string) string {
	if more := len(list) - fewShown; more > 0 {
		return strings.Join(list[:fewShown], "; ") + fmt.Sprintf("; and %d more", more)
	}
	return strings.Join(list, "; ")
}
