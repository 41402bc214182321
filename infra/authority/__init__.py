"""Makes the certificates, keys and tokens of a cluster, as Pulumi resources of our own on every cloud."""
