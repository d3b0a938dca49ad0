"""What every gate shares: records, policy, waivers, and the only ways to git, documents and programs."""
