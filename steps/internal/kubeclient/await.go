package kubeclient

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Await watches what list and opts select until look says that it is as it
// should be, look fails, or ctx is done. look is called with the list filled,
// first at once and then whenever something in it has changed. It outlives a
// watch that ends and an API server that is down for a while; ctx bounds it.
//
// The error of a ctx that is done wraps its cause; look knows what was seen last.
func (c *Client) Await(ctx context.Context, list client.ObjectList, look func() (done bool, err error), opts ...client.ListOption) error {
	for {
		if err := c.Retry(ctx, func() error { return c.List(ctx, list, opts...) }); err != nil {
			return err
		}
		if done, err := look(); done || err != nil {
			return err
		}
		if err := c.awaitChange(ctx, list, opts); err != nil {
			return err
		}
	}
}

// settle is how long changes are gathered before the list is read again: a
// controller that is at work writes often.
const settle = 50 * time.Millisecond

// awaitChange returns when something has changed since list was read, or when
// that can no longer be told.
func (c *Client) awaitChange(ctx context.Context, list client.ObjectList, opts []client.ListOption) error {
	since := &client.ListOptions{}
	since.ApplyOptions(opts)
	since.Raw = rawFrom(list.GetResourceVersion())
	watcher, err := c.Watch(ctx, list, since)
	if err != nil {
		return c.unwatched(ctx, err)
	}
	defer watcher.Stop()
	select {
	case ev, open := <-watcher.ResultChan():
		if !open || ev.Type == watch.Error {
			return c.unwatched(ctx, errEnded)
		}
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return pause(ctx, settle)
}

var errEnded = fmt.Errorf("the watch ended")

// unwatched waits a moment where there is no watch, so that the list is asked
// again and says what is wrong, if anything still is.
func (c *Client) unwatched(ctx context.Context, err error) error {
	if err != errEnded && !Transient(err) && !apierrors.IsGone(err) && !apierrors.IsResourceExpired(err) {
		return c.Explain(err)
	}
	return pause(ctx, firstPause)
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}

// rawFrom makes a watch begin where a list ended: nothing between the two is
// missed.
func rawFrom(version string) *metav1.ListOptions {
	return &metav1.ListOptions{ResourceVersion: version}
}
