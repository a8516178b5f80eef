"""From arrays to pictures: colours, what travels to the browser, charts to study."""
