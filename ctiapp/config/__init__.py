"""The switch's configuration: one values file, templates, versions on disk, and the way into a running PBX."""
