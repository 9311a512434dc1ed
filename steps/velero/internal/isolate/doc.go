// Package isolate keeps what a drill restores from acting beside production:
// namespaces that nothing leaves or enters, made before the first object is; the
// rules by which Velero takes out of the objects what would act without a
// network of its own (schedules, jobs, load balancers, names in the DNS); and a
// probe that proves that a connection is denied.
//
// It knows nothing of restores beyond what goes into their spec.
package isolate
