package kube

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/internal/kubeclient"
	"github.com/drplan/drplan/steps/internal/objectcel"
)

// waiting is a wait at work.
type waiting struct {
	*wait
	*kubeclient.Client
	in    *steps.Run
	that  *objectcel.Expression
	found []*unstructured.Unstructured
	last  string // what was seen last, for people
}

func (j *waiting) run(ctx context.Context) error {
	t, err := j.target(ctx)
	if err != nil || t == nil {
		return err
	}
	objects := t.List()
	err = j.Await(ctx, objects, func() (bool, error) { return j.look(objects.Items) }, t.options()...)
	if isGone(err) && j.For == "deleted" { // with its kind
		return nil
	}
	return err
}

// kindPause is how often it is asked whether a kind is served: that cannot be watched.
const kindPause = time.Second

// target is nil where the kind is not served, which is as good as deleted.
func (j *waiting) target(ctx context.Context) (*target, error) {
	for {
		t, err := j.find(ctx)
		var notServed *kubeclient.NotServedError
		if !errors.As(err, &notServed) {
			return &t, err
		}
		if j.last = notServed.Error(); j.For == "deleted" {
			return nil, nil
		}
		j.in.Progress(j.last)
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(kindPause):
		}
	}
}

func (j *waiting) find(ctx context.Context) (t target, err error) {
	t = target{namespace: j.Namespace, name: j.Name}
	if j.Name == "" {
		if t.selector, err = labels.Parse(j.Selector); err != nil {
			return t, steps.Final(err)
		}
	}
	err = j.Retry(ctx, func() error { t.Served, err = j.Find(ctx, j.Kind); return err })
	if err == nil && t.Namespaced && j.Name != "" && j.Namespace == "" {
		err = steps.Final(fmt.Errorf("say in which namespace: a %s lives in one", t.Kind))
	}
	if !t.Namespaced {
		t.namespace = ""
	}
	return t, err
}

// look judges what is there now.
func (j *waiting) look(items []unstructured.Unstructured) (bool, error) {
	j.found = nil
	if j.For == "deleted" {
		j.last = describe(items, j.Kind)
		j.in.Progress(j.last)
		return len(items) == 0, nil
	}
	var not, are []string
	for i := range items {
		o := &items[i]
		ok, text, err := j.ready(o)
		if err != nil {
			return false, steps.Final(fmt.Errorf("%s: %w", kubeclient.Ref(o), err))
		}
		text = kubeclient.Ref(o) + ": " + text
		if ok {
			j.found, are = append(j.found, o), append(are, text)
		} else {
			not = append(not, text)
		}
	}
	switch {
	case len(not) > 0:
		j.last = shorten(not)
	case int64(len(items)) < j.Min:
		j.last = fmt.Sprintf("%s, want at least %d", describe(items, j.Kind), j.Min)
	default:
		j.last = shorten(are)
		return true, nil
	}
	j.in.Progress(j.last)
	return false, nil
}

func describe(items []unstructured.Unstructured, kind string) string {
	var refs []string
	for i := range items {
		refs = append(refs, kubeclient.Ref(&items[i]))
	}
	if len(refs) == 0 {
		return "no " + kind + " is there"
	}
	return "there are " + shorten(refs)
}

// shorten keeps a text that people read to a few objects.
func shorten(texts []string) string {
	const most = 5
	if len(texts) > most {
		return fmt.Sprintf("%s, and %d more", strings.Join(texts[:most], "; "), len(texts)-most)
	}
	return strings.Join(texts, "; ")
}
