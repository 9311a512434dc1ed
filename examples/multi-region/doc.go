// Package multiregion runs the example on a real cluster with a real Velero and
// two S3 servers, and breaks it in the ways in which it must fail.
package multiregion
